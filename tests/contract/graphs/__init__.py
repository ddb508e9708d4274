"""What every graph store promises; an adapter's tests inherit GraphStoreContract and give it a `store`."""
