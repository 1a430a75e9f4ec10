"""Any GGUF model, through llama.cpp."""
