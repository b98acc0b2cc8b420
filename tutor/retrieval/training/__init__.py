"""How the embedded text encoder is made: English MiniLM, extended to Chinese.

    python -m tutor.retrieval.training --pairs FILE.jsonl.gz

needs the `train` extra. The body of all-MiniLM-L6-v2 stays as it is. What is learned is one input vector per Chinese
word, so that a Chinese text lands where MiniLM puts its English translation. The steps, in order:

    pairs        aligned texts, the word list, questions from frames; whole pages are held out for measuring
    vocabulary   Chinese words worth a vector, and a tokenizer that knows them
    lexicon      which English word pieces a Chinese word stands for (IBM model 1): the first vectors
    teacher      MiniLM's vectors of the English sides: the targets
    rows         the Chinese vectors, trained by distillation with the body frozen
    export       one ONNX graph, small on disk, with pooling and normalisation inside
    fusing       its attention and GELU as single operators of onnxruntime
    evaluation   what came out, measured on the held-out pages
    card         the model card and the manifest that the encoder checks
"""
