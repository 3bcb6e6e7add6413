"""Any page of a shop: one product, or a list of them."""
