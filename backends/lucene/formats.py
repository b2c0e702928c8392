"""What queries of this language are packaged as."""

from sigma_amsi.package.elastic_formats import detection_rules, elastalert_rules, opensearch_monitors, terraform_rules

FORMATS = (
    detection_rules("lucene"),
    elastalert_rules("lucene"),
    opensearch_monitors(),
    terraform_rules("lucene"),
)
