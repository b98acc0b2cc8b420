"""`python -m demos` lists the experiments; `python -m demos NAME` runs one. See `demos.kit.command`."""

from demos.kit.command import main

if __name__ == "__main__":
    raise SystemExit(main())
