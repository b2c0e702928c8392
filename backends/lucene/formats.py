"""What Lucene queries are packaged as."""

from sigma_amsi.package.elastic_formats import (
    detection_rules,
    elastalert_rules,
    opensearch_monitors,
    saved_searches,
    search_bodies,
    terraform_rules,
)

FORMATS = (
    detection_rules("lucene"),
    terraform_rules("lucene"),
    elastalert_rules("lucene"),
    opensearch_monitors(),
    saved_searches("lucene"),
    search_bodies(),
)
