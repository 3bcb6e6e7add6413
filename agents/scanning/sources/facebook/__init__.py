"""Facebook Marketplace, read only from pages that people send from their own browsers."""
