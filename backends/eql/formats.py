"""What queries of this language are packaged as."""

from sigma_amsi.package.elastic_formats import detection_rules, elastalert_rules, terraform_rules

FORMATS = (detection_rules("eql"), elastalert_rules("eql"), terraform_rules("eql"))
