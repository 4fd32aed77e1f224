"""Other people's environments, in today's Gymnasium terms, posed and measured in ours."""
