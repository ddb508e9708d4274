"""SDK: the asynchronous half; the blocking one is made of it by `make record`."""
