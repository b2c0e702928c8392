"""One folder for each query language. `sigma_amsi.backend` has the contract."""
