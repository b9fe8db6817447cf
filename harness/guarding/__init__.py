"""New runs against committed ones: looks, regression, power, verification."""
