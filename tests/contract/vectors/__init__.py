"""What every vector store promises; an adapter's tests inherit VectorStoreContract and give it a `store`."""
