"""What the platform is deployed with: the image, the composition and the chart, read against the code."""
