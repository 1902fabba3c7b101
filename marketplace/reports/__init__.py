"""What the pilots show: figures kept by quarter, small numbers hidden. Reads other rooms and changes none of them."""
