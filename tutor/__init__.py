"""Questions on deep learning, answered from curated notes, each with the experiment that tests the answer."""
