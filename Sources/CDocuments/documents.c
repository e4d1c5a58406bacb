#include "CDocuments.h"

// The dialect is the package's; the compiler that comes with Swift has had #embed since version 6.2.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi[] = {
#embed "../../docs/openapi.yaml"
};

static const unsigned char plan_schema[] = {
#embed "../../docs/plan.schema.json"
};

static const unsigned char topology_schema[] = {
#embed "../../topology/topology.schema.json"
};

scrivener_document scrivener_openapi(void) {
    return (scrivener_document){openapi, sizeof openapi};
}

scrivener_document scrivener_plan_schema(void) {
    return (scrivener_document){plan_schema, sizeof plan_schema};
}

scrivener_document scrivener_topology_schema(void) {
    return (scrivener_document){topology_schema, sizeof topology_schema};
}
