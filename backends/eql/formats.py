"""What EQL queries are packaged as."""

from sigma_amsi.package.elastic_formats import detection_rules, elastalert_rules, eql_bodies, terraform_rules

FORMATS = (detection_rules("eql"), terraform_rules("eql"), elastalert_rules("eql"), eql_bodies())
