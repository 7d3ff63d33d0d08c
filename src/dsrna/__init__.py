"""Find, train, attack and certify neural architectures that withstand adversarial perturbations."""
