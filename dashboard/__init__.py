"""The pages of LeukoScope: they show what core computes."""
