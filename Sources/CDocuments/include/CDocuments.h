// Documents of `docs/`, `templates/` and `topology/` that the programs carry within them, so that what they print and serve is
// what was built. The compiler notes the files as dependencies: after a change it builds anew.
#ifndef SCRIVENER_CDOCUMENTS_H
#define SCRIVENER_CDOCUMENTS_H

#include <stddef.h>

/// Bytes that live as long as the process.
typedef struct {
    const unsigned char *bytes;
    size_t count;
} scrivener_document;

/// `docs/openapi.yaml`.
scrivener_document scrivener_openapi(void);

/// `docs/plan.schema.json`.
scrivener_document scrivener_plan_schema(void);

/// `topology/topology.schema.json`.
scrivener_document scrivener_topology_schema(void);

/// The files of `templates/agent`: of a package with an agent and its worker.
scrivener_document scrivener_agent_package(void);
scrivener_document scrivener_agent_source(void);
scrivener_document scrivener_agent_worker(void);
scrivener_document scrivener_agent_tests(void);
scrivener_document scrivener_agent_plan(void);
scrivener_document scrivener_agent_readme(void);

#endif
