#include "env/logs/foreign_request_log.h"

#include <algorithm>

namespace flyball {

namespace {

struct Foreign {
  std::string_view first;  // both must occur in the beginning of the file
  std::string_view second;
  std::string_view what;
};

constexpr std::string_view kInstead =
    ". Record each request's arrival and completion, as epoch seconds in two columns: "
    "arrival,completion";

constexpr Foreign kForeign[] = {
    {"Concurrency,", "Inferences/Second",
     "a summary of perf_analyzer: averages, no single request"},
    {"Request Rate,", "Inferences/Second",
     "a summary of perf_analyzer: averages, no single request"},
    {"\"experiments\"", "\"response_timestamps\"",
     "a profile export of perf_analyzer: its requests are nested; write timestamp and the last of "
     "response_timestamps as two columns in ns"},
    {"\"startComputeMs\"", "\"latencyMs\"",
     "trtexec's exported times: they count from its own start, without the time of day"},
    {"\"startInMs\"", "\"computeMs\"",
     "trtexec's exported times: they count from its own start, without the time of day"},
    {"[I] Throughput:", "", "trtexec's summary: averages, no single request"},
    {"[I] === Reporting Options ===", "", "trtexec's output: averages, no single request"},
    {"=== Performance summary ===", "", "trtexec's summary: averages, no single request"},
    {"[TRT]", "&&&& RUNNING", "trtexec's output: averages, no single request"},
    {"MLPerf Results Summary", "", "a summary of MLPerf LoadGen: figures of the whole run"},
    {":::MLLOG", "", "a detail log of MLPerf LoadGen: figures of the whole run"},
    {"*** Measurement Settings ***", "", "a summary of perf_analyzer: averages, no single request"},
    {"Metric,avg,", "", "a summary of GenAI-Perf: figures of the whole run"},
    {"Type,Name,Request Count", "", "a summary of Locust: figures of the whole run"},
    {"Timestamp,User Count,", "", "Locust's history: figures of stretches, no single request"},
    {"\"seq_id\"", "\"qsl_idx\"", "MLPerf LoadGen's accuracy log: answers without times"},
    {"\"traceEvents\"", "", "a trace: its events count from its own start"},
    {"Response time histogram:", "Latency distribution:",
     "a summary of ghz: figures of the whole run"},
    {"\"latencyDistribution\"", "\"details\"",
     "ghz's report: its requests are nested; write timestamp (iso) and latency (ns) of details as "
     "two columns"},
    {"duration (ms),status,error", "", "ghz's CSV: durations without the time of day"},
    {"\"metric\":\"http_req", "", "k6's output: a line per metric, not per request"},
    {"metric_name,timestamp,metric_value", "", "k6's output: a line per metric, not per request"},
    {"Requests/sec:", "Latency", "a summary of hey or wrk: figures of the whole run"},
    {"Requests per second:", "Time per request", "a summary of ab: figures of the whole run"},
    {"response-time,DNS+dialup", "",
     "the CSV of hey: its offsets count from hey's own start, without the time of day"},
};

// "... "POST /v1/infer HTTP/1.1" 200": what web servers write for each request.
bool is_access_log(std::string_view text) {
  const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size()));
  if (line.starts_with('{')) return false;  // an object, whose other fields may be times
  return line.find(" HTTP/1") != std::string_view::npos ||
         line.find(" HTTP/2") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> foreign_request_log(std::string_view text) {
  constexpr std::size_t kSeen = 16384;
  const std::string_view head = text.substr(0, kSeen);
  for (const Foreign& foreign : kForeign) {
    if (head.find(foreign.first) == std::string_view::npos) continue;
    if (head.find(foreign.second) == std::string_view::npos) continue;
    return "this is " + std::string(foreign.what) + std::string(kInstead);
  }
  if (is_access_log(head)) {
    return "this is a web server's access log: no time at all, or whole seconds and no latency" +
           std::string(kInstead) +
           " (nginx: log_format with $msec and $request_time, and "
           "--column completion=msec:s --column latency=request_time:s)";
  }
  return std::nullopt;
}

}  // namespace flyball
