#include "env/logs/request_columns.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

CsvHeader header_of(const std::vector<std::string>& columns) {
  CsvHeader header;
  header.file = "requests.csv";
  header.header_line = 3;
  header.columns = columns;
  return header;
}

std::vector<RequestColumn> choose(const std::vector<std::string>& columns,
                                  const std::vector<std::string>& told = {}) {
  std::vector<RequestColumn> parsed;
  for (const std::string& text : told) parsed.push_back(parse_request_column(text));
  return choose_request_columns(header_of(columns), parsed);
}

// What the only column `name` is taken for; absent: for nothing.
std::optional<RequestColumn> recognised(const std::string& name) {
  const std::vector<RequestColumn> chosen = choose({name});
  if (chosen.empty()) return std::nullopt;
  CHECK(chosen.size() == 1);
  CHECK(chosen[0].column == name);
  CHECK_FALSE(chosen[0].was_told);
  return chosen[0];
}

void check_column(const RequestColumn& column, RequestRole role, const std::string& name,
                  RequestUnit unit) {
  CHECK(column.role == role);
  CHECK(column.column == name);
  CHECK(column.unit == unit);
}

std::string complaint(const std::string& text) {
  return error_text([&] { parse_request_column(text); });
}

}  // namespace

TEST_CASE("a column is told as ROLE=COLUMN, with its unit behind a colon") {
  check_column(parse_request_column("arrival=t0:ms"), RequestRole::kArrival, "t0",
               RequestUnit::kMilliseconds);
  check_column(parse_request_column("completion=when:iso"), RequestRole::kCompletion, "when",
               RequestUnit::kIso);
  check_column(parse_request_column("queue_exit=q:us"), RequestRole::kQueueExit, "q",
               RequestUnit::kMicroseconds);
  check_column(parse_request_column("latency=l:ns"), RequestRole::kLatency, "l",
               RequestUnit::kNanoseconds);
  check_column(parse_request_column("deadline=d:s"), RequestRole::kDeadline, "d",
               RequestUnit::kSeconds);
  check_column(parse_request_column("timed_out=x:flag"), RequestRole::kTimedOut, "x",
               RequestUnit::kFlag);
  check_column(parse_request_column("timed_out=x:ok"), RequestRole::kTimedOut, "x",
               RequestUnit::kOk);
  check_column(parse_request_column("timed_out=x:http"), RequestRole::kTimedOut, "x",
               RequestUnit::kHttp);
  CHECK(parse_request_column("arrival=t0:ms").was_told);
}

TEST_CASE("a unit that is not told is that of the column's name, and open where that says none") {
  check_column(parse_request_column("latency=Took (ms)"), RequestRole::kLatency, "Took (ms)",
               RequestUnit::kMilliseconds);
  check_column(parse_request_column("timed_out=HTTP Status"), RequestRole::kTimedOut, "HTTP Status",
               RequestUnit::kHttp);
  check_column(parse_request_column("timed_out=ok"), RequestRole::kTimedOut, "ok",
               RequestUnit::kOk);
  check_column(parse_request_column("arrival=when"), RequestRole::kArrival, "when",
               RequestUnit::kAuto);
}

TEST_CASE("a name may hold colons and equals signs: the last colon parts the unit off") {
  check_column(parse_request_column("arrival=a:b=c:ms"), RequestRole::kArrival, "a:b=c",
               RequestUnit::kMilliseconds);
}

TEST_CASE("what is no column is refused with what was given and what is allowed") {
  const std::string form = "expected ROLE=COLUMN[:UNIT], as in arrival=t0:ms";
  CHECK(complaint("arrival") == "--column arrival: " + form);
  CHECK(complaint("arrival=") == "--column arrival=: " + form);
  CHECK(complaint("") == "--column : " + form);
  const std::string roles =
      "there is no such role (there are: arrival, queue_exit, completion, latency, deadline, "
      "timed_out)";
  CHECK(complaint("arrivals=a") == "--column arrivals=a: " + roles);
  CHECK(complaint("Arrival=a") == "--column Arrival=a: " + roles);
  CHECK(complaint("=a") == "--column =a: " + roles);
  const std::string times = "the unit is s, ms, us, ns or iso";
  for (const char* text : {"arrival=a:min", "latency=a:", "deadline=a:http", "completion=a:MS"}) {
    CHECK(complaint(text) == "--column " + std::string(text) + ": " + times);
  }
  const std::string flags =
      "the unit is flag (true: given up), ok (true: served), http (a status) or error (any text: "
      "given up)";
  CHECK(complaint("timed_out=a:s") == "--column timed_out=a:s: " + flags);
  CHECK(complaint("timed_out=a:yes") == "--column timed_out=a:yes: " + flags);
}

TEST_CASE("a long text is not repeated whole in the message") {
  CHECK(complaint("arrival" + std::string(5000, 'x')).size() < 200);
}

TEST_CASE("columns are recognised however they are spelt, with their units") {
  check_column(recognised("Start Time (ms)").value(), RequestRole::kArrival, "Start Time (ms)",
               RequestUnit::kMilliseconds);
  check_column(recognised("startTime-us").value(), RequestRole::kArrival, "startTime-us",
               RequestUnit::kMicroseconds);
  check_column(recognised("TIMESTAMP").value(), RequestRole::kArrival, "TIMESTAMP",
               RequestUnit::kAuto);
  check_column(recognised("Queue Exit Time").value(), RequestRole::kQueueExit, "Queue Exit Time",
               RequestUnit::kAuto);
  check_column(recognised("end_ts_ns").value(), RequestRole::kCompletion, "end_ts_ns",
               RequestUnit::kNanoseconds);
  check_column(recognised("completed_at_iso").value(), RequestRole::kCompletion, "completed_at_iso",
               RequestUnit::kIso);
  check_column(recognised("e2eLatency_millis").value(), RequestRole::kLatency, "e2eLatency_millis",
               RequestUnit::kMilliseconds);
  check_column(recognised("duration_sec").value(), RequestRole::kLatency, "duration_sec",
               RequestUnit::kSeconds);
  check_column(recognised("Requested Latency").value(), RequestRole::kDeadline, "Requested Latency",
               RequestUnit::kAuto);
  check_column(recognised("Timed Out").value(), RequestRole::kTimedOut, "Timed Out",
               RequestUnit::kAuto);
  check_column(recognised("Success").value(), RequestRole::kTimedOut, "Success", RequestUnit::kOk);
  check_column(recognised("response-code").value(), RequestRole::kTimedOut, "response-code",
               RequestUnit::kHttp);
}

TEST_CASE("a name that only resembles a known one is taken for nothing") {
  for (const char* name : {"", "latency_p95", "restart", "arrival time zone", "okay", "_ms"}) {
    CAPTURE(name);
    CHECK_FALSE(recognised(name).has_value());
  }
}

TEST_CASE("a role is taken once, by the first column of the file that has its name") {
  const auto chosen = choose({"id", "sent_at", "timestamp", "t1", "elapsed", "end"});
  REQUIRE(chosen.size() == 3);
  CHECK(chosen[0].column == "sent_at");
  CHECK(chosen[1].column == "t1");
  CHECK(chosen[2].column == "elapsed");
}

TEST_CASE("what was told comes first, keeps its role and is taken for nothing else") {
  const auto chosen =
      choose({"timestamp", "latency", "x"}, {"completion=timestamp", "arrival=x:s"});
  REQUIRE(chosen.size() == 3);
  check_column(chosen[0], RequestRole::kCompletion, "timestamp", RequestUnit::kAuto);
  CHECK(chosen[0].was_told);
  check_column(chosen[1], RequestRole::kArrival, "x", RequestUnit::kSeconds);
  check_column(chosen[2], RequestRole::kLatency, "latency", RequestUnit::kAuto);
  CHECK_FALSE(chosen[2].was_told);
}

TEST_CASE("a told column that the file does not have is refused with those that it has") {
  CHECK(error_text([] {
          choose({"a", "b"}, {"arrival=z"});
        }) == "requests.csv:3:1: no column \"z\" (there are: a, b)");
  CHECK_THROWS_AS(choose({"a"}, {"arrival=z"}), LogError);
  CHECK_THROWS_AS(choose({}, {"arrival=z"}), LogError);
}

TEST_CASE("a told column that the file has twice is refused") {
  CHECK(error_text([] {
          choose({"a", "a"}, {"arrival=a"});
        }) == "requests.csv:3:1: two columns are named \"a\"");
}

TEST_CASE("the known names are listed a line a role, and each of them is recognised as that") {
  const std::string text = known_request_columns();
  std::size_t roles = 0;
  std::size_t names = 0;
  std::string role;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    std::string line = text.substr(begin, end - begin);
    CHECK(line.size() <= 100);
    line += line.ends_with(',') ? " " : ", ";
    begin = end + 1;
    const std::size_t role_end = line.find(' ', 2);
    if (role_end > 2) {  // else the line goes on with the role above
      role = line.substr(2, role_end - 2);
      ++roles;
    }
    line.erase(0, line.find_first_not_of(' ', role_end));
    for (std::size_t comma = line.find(", "); comma != std::string::npos; comma = line.find(", ")) {
      CAPTURE(line.substr(0, comma));
      CHECK(to_string(recognised(line.substr(0, comma)).value().role) == role);
      line.erase(0, comma + 2);
      ++names;
    }
  }
  CHECK(roles == 6);
  CHECK(names > 60);
}

TEST_CASE("roles have the names that --column takes") {
  for (const char* name :
       {"arrival", "queue_exit", "completion", "latency", "deadline", "timed_out"}) {
    CHECK(to_string(parse_request_column(std::string(name) + "=a").role) == std::string(name));
  }
}
