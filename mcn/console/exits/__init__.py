"""Pages of anchors who leave."""
