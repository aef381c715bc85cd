"""The proof pack of a closed month: one zip that anybody can verify without the product (docs/exports.md)."""
