"""The vector store that needs no server, beyond what every one promises."""
