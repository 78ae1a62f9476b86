"""What is the legacy builder's own: every instruction an image, strictly in order, hashes of COPY in the history."""
