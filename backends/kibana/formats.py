"""What queries in Kibana's language are packaged as."""

from sigma_amsi.package.elastic_formats import detection_rules, saved_searches, terraform_rules

FORMATS = (detection_rules("kuery"), terraform_rules("kuery"), saved_searches("kuery"))
