"""One module per source. Each reads a file into `Line`s; `orders` makes events of them, the same way for all."""
