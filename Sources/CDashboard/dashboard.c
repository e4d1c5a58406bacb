// The dashboard's files, embedded by the compiler. A test holds the table against the files and their
// manifest; a new file needs its two lines here.

#include "CDashboard.h"

// The dialect is the package's; the compiler that comes with Swift has had #embed since version 6.2.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char access_js[] = {
#embed "../ScrivenerDashboard/assets/access.js"
};
static const unsigned char api_js[] = {
#embed "../ScrivenerDashboard/assets/api.js"
};
static const unsigned char appearance_js[] = {
#embed "../ScrivenerDashboard/assets/appearance.js"
};
static const unsigned char base_css[] = {
#embed "../ScrivenerDashboard/assets/base.css"
};
static const unsigned char chart_js[] = {
#embed "../ScrivenerDashboard/assets/chart.js"
};
static const unsigned char diagnosis_tab_js[] = {
#embed "../ScrivenerDashboard/assets/diagnosis-tab.js"
};
static const unsigned char dom_js[] = {
#embed "../ScrivenerDashboard/assets/dom.js"
};
static const unsigned char format_js[] = {
#embed "../ScrivenerDashboard/assets/format.js"
};
static const unsigned char graph_layout_js[] = {
#embed "../ScrivenerDashboard/assets/graph-layout.js"
};
static const unsigned char graph_painter_js[] = {
#embed "../ScrivenerDashboard/assets/graph-painter.js"
};
static const unsigned char graph_view_js[] = {
#embed "../ScrivenerDashboard/assets/graph-view.js"
};
static const unsigned char icon_svg[] = {
#embed "../ScrivenerDashboard/assets/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../ScrivenerDashboard/assets/index.html"
};
static const unsigned char lanes_js[] = {
#embed "../ScrivenerDashboard/assets/lanes.js"
};
static const unsigned char login_css[] = {
#embed "../ScrivenerDashboard/assets/login.css"
};
static const unsigned char login_html[] = {
#embed "../ScrivenerDashboard/assets/login.html"
};
static const unsigned char login_js[] = {
#embed "../ScrivenerDashboard/assets/login.js"
};
static const unsigned char main_js[] = {
#embed "../ScrivenerDashboard/assets/main.js"
};
static const unsigned char markdown_js[] = {
#embed "../ScrivenerDashboard/assets/markdown.js"
};
static const unsigned char notice_js[] = {
#embed "../ScrivenerDashboard/assets/notice.js"
};
static const unsigned char pool_js[] = {
#embed "../ScrivenerDashboard/assets/pool.js"
};
static const unsigned char queue_view_js[] = {
#embed "../ScrivenerDashboard/assets/queue-view.js"
};
static const unsigned char queue_worker_js[] = {
#embed "../ScrivenerDashboard/assets/queue-worker.js"
};
static const unsigned char results_reader_js[] = {
#embed "../ScrivenerDashboard/assets/results-reader.js"
};
static const unsigned char results_tab_js[] = {
#embed "../ScrivenerDashboard/assets/results-tab.js"
};
static const unsigned char session_link_js[] = {
#embed "../ScrivenerDashboard/assets/session-link.js"
};
static const unsigned char session_view_js[] = {
#embed "../ScrivenerDashboard/assets/session-view.js"
};
static const unsigned char session_worker_js[] = {
#embed "../ScrivenerDashboard/assets/session-worker.js"
};
static const unsigned char session_css[] = {
#embed "../ScrivenerDashboard/assets/session.css"
};
static const unsigned char sessions_view_js[] = {
#embed "../ScrivenerDashboard/assets/sessions-view.js"
};
static const unsigned char stage_js[] = {
#embed "../ScrivenerDashboard/assets/stage.js"
};
static const unsigned char states_js[] = {
#embed "../ScrivenerDashboard/assets/states.js"
};
static const unsigned char submit_view_js[] = {
#embed "../ScrivenerDashboard/assets/submit-view.js"
};
static const unsigned char task_log_js[] = {
#embed "../ScrivenerDashboard/assets/task-log.js"
};
static const unsigned char task_panel_js[] = {
#embed "../ScrivenerDashboard/assets/task-panel.js"
};
static const unsigned char task_table_js[] = {
#embed "../ScrivenerDashboard/assets/task-table.js"
};
static const unsigned char tasks_tab_js[] = {
#embed "../ScrivenerDashboard/assets/tasks-tab.js"
};
static const unsigned char theme_js[] = {
#embed "../ScrivenerDashboard/assets/theme.js"
};
static const unsigned char timeline_view_js[] = {
#embed "../ScrivenerDashboard/assets/timeline-view.js"
};
static const unsigned char vendor_d3_min_js[] = {
#embed "../ScrivenerDashboard/assets/vendor/d3.min.js"
};
static const unsigned char vendor_dagre_min_js[] = {
#embed "../ScrivenerDashboard/assets/vendor/dagre.min.js"
};
static const unsigned char vendor_marked_esm_js[] = {
#embed "../ScrivenerDashboard/assets/vendor/marked.esm.js"
};
static const unsigned char views_css[] = {
#embed "../ScrivenerDashboard/assets/views.css"
};
static const unsigned char widgets_js[] = {
#embed "../ScrivenerDashboard/assets/widgets.js"
};
static const unsigned char workers_view_js[] = {
#embed "../ScrivenerDashboard/assets/workers-view.js"
};

#define ASSET(path, type, bytes) {path, type, bytes, sizeof bytes}

static const scrivener_asset assets[] = {
    ASSET("access.js", "text/javascript; charset=utf-8", access_js),
    ASSET("api.js", "text/javascript; charset=utf-8", api_js),
    ASSET("appearance.js", "text/javascript; charset=utf-8", appearance_js),
    ASSET("base.css", "text/css; charset=utf-8", base_css),
    ASSET("chart.js", "text/javascript; charset=utf-8", chart_js),
    ASSET("diagnosis-tab.js", "text/javascript; charset=utf-8", diagnosis_tab_js),
    ASSET("dom.js", "text/javascript; charset=utf-8", dom_js),
    ASSET("format.js", "text/javascript; charset=utf-8", format_js),
    ASSET("graph-layout.js", "text/javascript; charset=utf-8", graph_layout_js),
    ASSET("graph-painter.js", "text/javascript; charset=utf-8", graph_painter_js),
    ASSET("graph-view.js", "text/javascript; charset=utf-8", graph_view_js),
    ASSET("icon.svg", "image/svg+xml", icon_svg),
    ASSET("index.html", "text/html; charset=utf-8", index_html),
    ASSET("lanes.js", "text/javascript; charset=utf-8", lanes_js),
    ASSET("login.css", "text/css; charset=utf-8", login_css),
    ASSET("login.html", "text/html; charset=utf-8", login_html),
    ASSET("login.js", "text/javascript; charset=utf-8", login_js),
    ASSET("main.js", "text/javascript; charset=utf-8", main_js),
    ASSET("markdown.js", "text/javascript; charset=utf-8", markdown_js),
    ASSET("notice.js", "text/javascript; charset=utf-8", notice_js),
    ASSET("pool.js", "text/javascript; charset=utf-8", pool_js),
    ASSET("queue-view.js", "text/javascript; charset=utf-8", queue_view_js),
    ASSET("queue-worker.js", "text/javascript; charset=utf-8", queue_worker_js),
    ASSET("results-reader.js", "text/javascript; charset=utf-8", results_reader_js),
    ASSET("results-tab.js", "text/javascript; charset=utf-8", results_tab_js),
    ASSET("session-link.js", "text/javascript; charset=utf-8", session_link_js),
    ASSET("session-view.js", "text/javascript; charset=utf-8", session_view_js),
    ASSET("session-worker.js", "text/javascript; charset=utf-8", session_worker_js),
    ASSET("session.css", "text/css; charset=utf-8", session_css),
    ASSET("sessions-view.js", "text/javascript; charset=utf-8", sessions_view_js),
    ASSET("stage.js", "text/javascript; charset=utf-8", stage_js),
    ASSET("states.js", "text/javascript; charset=utf-8", states_js),
    ASSET("submit-view.js", "text/javascript; charset=utf-8", submit_view_js),
    ASSET("task-log.js", "text/javascript; charset=utf-8", task_log_js),
    ASSET("task-panel.js", "text/javascript; charset=utf-8", task_panel_js),
    ASSET("task-table.js", "text/javascript; charset=utf-8", task_table_js),
    ASSET("tasks-tab.js", "text/javascript; charset=utf-8", tasks_tab_js),
    ASSET("theme.js", "text/javascript; charset=utf-8", theme_js),
    ASSET("timeline-view.js", "text/javascript; charset=utf-8", timeline_view_js),
    ASSET("vendor/d3.min.js", "text/javascript; charset=utf-8", vendor_d3_min_js),
    ASSET("vendor/dagre.min.js", "text/javascript; charset=utf-8", vendor_dagre_min_js),
    ASSET("vendor/marked.esm.js", "text/javascript; charset=utf-8", vendor_marked_esm_js),
    ASSET("views.css", "text/css; charset=utf-8", views_css),
    ASSET("widgets.js", "text/javascript; charset=utf-8", widgets_js),
    ASSET("workers-view.js", "text/javascript; charset=utf-8", workers_view_js),
};

size_t scrivener_asset_count(void) { return sizeof assets / sizeof assets[0]; }

scrivener_asset scrivener_asset_at(size_t index) { return assets[index]; }
