#include "env/logs/foreign_request_log.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

namespace {

// What `text` is said to be; "a request log" where nothing speaks against it.
std::string kind_of(const std::string& text) {
  const auto found = foreign_request_log(text);
  if (!found) return "a request log";
  REQUIRE(found->starts_with("this is "));
  const std::size_t end = found->find(". Record each request's arrival and completion");
  REQUIRE(end != std::string::npos);
  return found->substr(8, end - 8);
}

}  // namespace

TEST_CASE("what may be a request log is let through") {
  for (const char* text :
       {"", "\n", "arrival,completion\n1,2\n", "Timestamp,User,Latency\n1,2,3\n",
        "{\"arrival\": 1, \"latencyMs\": 2}\n", "Concurrency,arrival,completion\n1,2,3\n"}) {
    CAPTURE(text);
    CHECK_FALSE(foreign_request_log(text).has_value());
  }
}

TEST_CASE("summaries of load generators are told by name") {
  const std::string analyzer = "a summary of perf_analyzer: averages, no single request";
  CHECK(kind_of("Concurrency,Inferences/Second,Client Send\n1,41.2,48\n") == analyzer);
  CHECK(kind_of("Request Rate,Inferences/Second\n10,9\n") == analyzer);
  CHECK(kind_of("*** Measurement Settings ***\n  Batch size: 1\n") == analyzer);
  CHECK(kind_of("Metric,avg,min,max\nRequest Latency (ms),1,1,1\n") ==
        "a summary of GenAI-Perf: figures of the whole run");
  CHECK(kind_of("Type,Name,Request Count,Failure Count\nGET,/,9,0\n") ==
        "a summary of Locust: figures of the whole run");
  CHECK(kind_of("Timestamp,User Count,Type\n1,2,GET\n") ==
        "Locust's history: figures of stretches, no single request");
  CHECK(kind_of("Summary:\n  Requests/sec: 12\nLatency distribution:\n") ==
        "a summary of hey or wrk: figures of the whole run");
  CHECK(kind_of("Requests per second: 12\nTime per request: 80\n") ==
        "a summary of ab: figures of the whole run");
  CHECK(kind_of("Response time histogram:\n 1 [1]\nLatency distribution:\n") ==
        "a summary of ghz: figures of the whole run");
  CHECK(kind_of("{\"metric\":\"http_req_duration\",\"type\":\"Point\"}\n") ==
        "k6's output: a line per metric, not per request");
}

TEST_CASE("what benchmarks print and export is told, too") {
  CHECK(kind_of("[{\"startInMs\":1,\"computeMs\":2,\"latencyMs\":3}]")
            .starts_with("trtexec's exported times"));
  CHECK(kind_of("[11/29/2025-06:48:15] [I] === Reporting Options ===\n") ==
        "trtexec's output: averages, no single request");
  CHECK(kind_of("[I] Throughput: 41 qps\n") == "trtexec's summary: averages, no single request");
  CHECK(kind_of("&&&& RUNNING TensorRT\n[TRT] loaded\n") ==
        "trtexec's output: averages, no single request");
  CHECK(kind_of("===\nMLPerf Results Summary\n===\n") ==
        "a summary of MLPerf LoadGen: figures of the whole run");
  CHECK(kind_of("[{\"seq_id\":0,\"qsl_idx\":1}]") ==
        "MLPerf LoadGen's accuracy log: answers without times");
  CHECK(kind_of("{\"traceEvents\":[]}") == "a trace: its events count from its own start");
}

TEST_CASE("a file whose requests are nested is told which of its fields to write") {
  CHECK(kind_of("{\"experiments\":[{\"requests\":[{\"response_timestamps\":[1]}]}]}")
            .ends_with("write timestamp and the last of response_timestamps as two columns in ns"));
  CHECK(kind_of("{\"latencyDistribution\":[],\"details\":[]}")
            .ends_with("write timestamp (iso) and latency (ns) of details as two columns"));
}

TEST_CASE("one of two marks is not enough") {
  CHECK(kind_of("Concurrency,latency\n1,2\n") == "a request log");
  CHECK(kind_of("[{\"startInMs\":1,\"latencyMs\":3}]") == "a request log");
  CHECK(kind_of("arrival,completion,Latency\n1,2,3\n") == "a request log");
}

TEST_CASE("only the beginning of a file is looked at") {
  const std::string rows(16384, '1');
  CHECK(kind_of("arrival\n" + rows + "MLPerf Results Summary") == "a request log");
  CHECK(kind_of("arrival\n" + rows.substr(0, 10000) + "MLPerf Results Summary") != "a request log");
}

TEST_CASE("a web server's access log is told by its first line, with what to log instead") {
  const std::string line = "10.0.0.1 - - [29/Nov/2025:06:48:15 +0000] \"GET / HTTP/1.1\" 200 5\n";
  for (const std::string& text : {line, std::string("\"POST /v1/infer HTTP/2.0\" 200")}) {
    const auto found = foreign_request_log(text);
    REQUIRE(found.has_value());
    CHECK(found->starts_with("this is a web server's access log: no time at all"));
    CHECK(found->ends_with("--column completion=msec:s --column latency=request_time:s)"));
  }
  CHECK(kind_of("arrival,completion,line\n1,2,\"GET / HTTP/1.1\"\n") == "a request log");
}

TEST_CASE("a request line in an object is a field, and the object may have times") {
  CHECK(kind_of("{\"msec\": 1700000000.5, \"request_time\": 0.25, \"request\": \"GET / HTTP/1.1\"}"
                "\n") == "a request log");
}
