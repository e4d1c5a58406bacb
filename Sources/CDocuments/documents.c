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

static const unsigned char agent_package[] = {
#embed "../../templates/agent/Package.swift"
};

static const unsigned char agent_source[] = {
#embed "../../templates/agent/Agent.swift"
};

static const unsigned char agent_worker[] = {
#embed "../../templates/agent/Worker.swift"
};

static const unsigned char agent_tests[] = {
#embed "../../templates/agent/Tests.swift"
};

static const unsigned char agent_plan[] = {
#embed "../../templates/agent/plan.yaml"
};

static const unsigned char agent_readme[] = {
#embed "../../templates/agent/README.md"
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

scrivener_document scrivener_agent_package(void) {
    return (scrivener_document){agent_package, sizeof agent_package};
}

scrivener_document scrivener_agent_source(void) {
    return (scrivener_document){agent_source, sizeof agent_source};
}

scrivener_document scrivener_agent_worker(void) {
    return (scrivener_document){agent_worker, sizeof agent_worker};
}

scrivener_document scrivener_agent_tests(void) {
    return (scrivener_document){agent_tests, sizeof agent_tests};
}

scrivener_document scrivener_agent_plan(void) {
    return (scrivener_document){agent_plan, sizeof agent_plan};
}

scrivener_document scrivener_agent_readme(void) {
    return (scrivener_document){agent_readme, sizeof agent_readme};
}
