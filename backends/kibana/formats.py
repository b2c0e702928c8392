"""What queries of this language are packaged as."""

from sigma_amsi.package.elastic_formats import detection_rules, terraform_rules

FORMATS = (detection_rules("kuery"), terraform_rules("kuery"))
