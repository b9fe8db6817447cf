"""The stores of tools that track runs: MLflow, TensorBoard, Weights & Biases."""
