#include "env/logs/request_log.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <system_error>

#include "env/logs/log_error.h"
#include "tests/env/logs/real_data.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

const std::string kHeader =
    "Request ID,Image ID,Arrival Time,Queue Exit Time,Completion Time,Latency,Requested "
    "Latency,Timed Out\n";

std::string complaint(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_request_log(file.path());
  } catch (const LogError& error) {
    return std::string(error.what()).substr(file.path().size() + 1);
  }
  return "nothing";
}

}  // namespace

TEST_CASE("requests are read by column name, served and timed-out ones") {
  const TemporaryFile file(kHeader + "a,a_0,10.5,10.75,12.5,2,1.5,False\r\n" +
                           "a,a_1,11,,311,300,20,True\n" + "b,\"b,0\",12,12,12.5,0.5,,False\n");
  const auto requests = read_request_log(file.path()).requests;
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].arrival_seconds == 10.5);
  CHECK(requests[0].queue_exit_seconds == 10.75);
  CHECK(requests[0].completion_seconds == 12.5);
  CHECK(requests[0].limit_seconds == 1.5);
  CHECK(requests[0].missed());
  CHECK_FALSE(requests[0].timed_out);
  CHECK(requests[1].timed_out);
  CHECK(requests[1].missed());
  CHECK_FALSE(requests[1].queue_exit_seconds.has_value());
  CHECK_FALSE(requests[2].limit_seconds.has_value());
  CHECK_FALSE(requests[2].missed());
}

TEST_CASE("columns may come in any order") {
  const TemporaryFile file(
      "Timed Out,Requested Latency,Completion Time,Queue Exit Time,Arrival Time\n"
      "False,9,3,2,1\n");
  const auto requests = read_request_log(file.path()).requests;
  CHECK(requests.at(0).arrival_seconds == 1.0);
  CHECK(requests.at(0).completion_seconds == 3.0);
}

TEST_CASE("malformed request logs are refused with line, column and what was expected") {
  CHECK(complaint("") == "1:1: empty: expected a row with the columns' names");
  CHECK(complaint("Arrival Time,Pixels\n1,2\n") ==
        "1:1: needed are arrival and completion, or the latency and one of them: name columns with "
        "--column ROLE=NAME:UNIT, as in arrival=t0:ms (there are: Arrival Time, Pixels)");
  CHECK(complaint("Latency\n2\n").starts_with("1:1: needed are arrival and completion"));
  CHECK(complaint(kHeader + "a,b,1,2,3,2,9\n") == "2:13: 7 cells, the header has 8");
  CHECK(complaint(kHeader + "a,b,x,2,3,2,9,False\n") ==
        "2:5: Arrival Time: 'x': expected a time: a finite number, or ISO 8601 with its date");
  CHECK(complaint(kHeader + "a,b,1,2,inf,2,9,False\n").starts_with("2:9: Completion Time: 'inf'"));
  CHECK(complaint("arrival,completion\n1,2\n2,3\n0,1700000001\n")
            .starts_with("4:1: arrival: '0': expected at most 3600 s from arrival to completion"));
  CHECK(complaint("arrival,completion\n1700000001,None\n") ==
        "1:1: no requests: none of 1 rows has an arrival and a completion");
  CHECK(complaint("1700000001,1700000002\n")
            .starts_with("1:1: 1700000001: the first row holds numbers"));
  CHECK(complaint("arrival,completion,status\n1,2,perhaps\n") ==
        "2:5: status: 'perhaps': expected a status: a number, ok, error or timeout");
  CHECK(complaint(kHeader + "a,b,3,3,2,2,9,False\n") ==
        "2:9: Completion Time: '2': expected a time after the arrival");
  CHECK(complaint(kHeader + "a,b,1,4,3,2,9,False\n") ==
        "2:7: Queue Exit Time: '4': expected a time between arrival and completion");
  CHECK(complaint(kHeader + "a,b,1,2,3,2,0,False\n") ==
        "2:13: Requested Latency: '0': expected more than 0");
  CHECK(complaint(kHeader + "a,b,1,2,3,2,9,maybe\n") ==
        "2:15: Timed Out: 'maybe': expected True or False");
  CHECK(complaint(kHeader + "\"a,b,1,2,3,2,9,False\n") == "2:1: a quoted cell has no end");
}

TEST_CASE("arrival and completion are enough, and so is the latency with one of them") {
  const auto only = [](const std::string& text) {
    const TemporaryFile file(text);
    const auto requests = read_request_log(file.path()).requests;
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].arrival_seconds == doctest::Approx(1700000000.5));
    CHECK(requests[0].completion_seconds == doctest::Approx(1700000000.75));
    CHECK_FALSE(requests[0].queue_exit_seconds.has_value());
    CHECK_FALSE(requests[0].timed_out);
  };
  only("Arrival Time,Completion Time\n1700000000.5,1700000000.75\n");
  only("start_ts_ms;end_ts_ms;status\n1700000000500;1700000000750;200\n");
  only("t0,latency_ms\n1700000000.5,250\n");
  only("finished_at,elapsed\n1700000000750,250\n");  // in the unit of the time
  only("startTime,endTime\n2023-11-14T22:13:20.500Z,2023-11-14 22:13:20.750\n");
  only("{\"ts\": 1700000000.5, \"latency_ms\": 250, \"ok\": true, \"more\": {\"a\": [1]}}\n");
  only("[{\"arrival\":1700000000500000000,\n\"completion\":1700000000750000000}]");
}

TEST_CASE("columns that are told win, with their units") {
  const TemporaryFile file("a,b,c,d\n1000,1.5,x,9\n");
  const std::vector<RequestColumn> told = {parse_request_column("arrival=a:ms"),
                                           parse_request_column("completion=b:s"),
                                           parse_request_column("deadline=d:us")};
  const auto requests = read_request_log(file.path(), told).requests;
  CHECK(requests.at(0).arrival_seconds == 1.0);
  CHECK(requests.at(0).latency_seconds() == 0.5);
  CHECK(requests.at(0).limit_seconds == doctest::Approx(9e-6));
  CHECK_THROWS_AS(read_request_log(file.path(), std::vector{parse_request_column("arrival=z")}),
                  LogError);
  CHECK_THROWS_AS(parse_request_column("arrivals=a"), std::invalid_argument);
  CHECK_THROWS_AS(parse_request_column("arrival=a:min"), std::invalid_argument);
  CHECK_THROWS_AS(parse_request_column("arrival=a:http"), std::invalid_argument);
  CHECK_THROWS_AS(parse_request_column("arrival"), std::invalid_argument);
}

TEST_CASE("a failed request was not served, and one without an end is left out and counted") {
  const TemporaryFile file(
      "arrival,completion,status\n100,101,200\n101,102,503\n102,,\n103,104,200");
  const RequestLog log = read_request_log(file.path());
  REQUIRE(log.requests.size() == 3);
  CHECK(log.unfinished == 1);
  CHECK_FALSE(log.requests[0].timed_out);
  CHECK(log.requests[1].timed_out);
  const TemporaryFile words(
      "arrival,completion,status\n1,2,ok\n2,3,TIMEOUT\n3,4,error\n4,nan,ok\n");
  const RequestLog said = read_request_log(words.path());
  REQUIRE(said.requests.size() == 3);
  CHECK(said.unfinished == 1);
  CHECK_FALSE(said.requests[0].timed_out);
  CHECK(said.requests[1].timed_out);
  CHECK(said.requests[2].timed_out);
}

TEST_CASE("all dates of a request log are read in the same order of month and day") {
  const TemporaryFile file(
      "arrival,completion\n01/02/2021 10:00:00,01/02/2021 10:00:01\n"
      "13/02/2021 10:00:00,13/02/2021 10:00:01\n");
  const RequestLog log = read_request_log(file.path());
  REQUIRE(log.requests.size() == 2);
  CHECK(log.requests[1].arrival_seconds - log.requests[0].arrival_seconds == 12 * 86400.0);
  CHECK(log.notes.empty());
  const TemporaryFile vague(
      "arrival,completion\n01/02/2021 10:00:00,01/02/2021 10:00:01\n"
      "02/02/2021 10:00:00,02/02/2021 10:00:01\n");
  const RequestLog days = read_request_log(vague.path());
  CHECK(days.requests[1].arrival_seconds - days.requests[0].arrival_seconds == 86400.0);
  REQUIRE(days.notes.size() == 1);
  CHECK(days.notes[0] == "no date tells which number is the month: the day is taken to be first");
}

TEST_CASE("a last row that was cut and a unit that nobody told are noted") {
  const auto notes = [](const std::string& text) {
    const TemporaryFile file(text);
    std::string all;
    for (const std::string& note : read_request_log(file.path()).notes) all += note + "\n";
    return all;
  };
  CHECK(notes("arrival,completion,ok\n1,2,1\n2,3,1\n3,4").find("line 4 is cut") == 0);
  CHECK(notes("{\"arrival\":1,\"completion\":2}\n{\"arrival\":3,").find("line 2 is cut") == 0);
  CHECK(notes("arrival,latency\n1700000000,9\n").find("latency is taken in s") == 0);
  CHECK(complaint("arrival,latency\n1700000000,120.4\n")
            .starts_with("1:1: the column latency names no unit; in that of the times a request "
                         "takes 120.4 s (median): tell it, as in --column latency=latency:ms"));
  CHECK(notes("arrival,latency_ms\n1700000000,12\n").empty());
}

TEST_CASE("a deadline is a latency, or a moment after the arrival") {
  const TemporaryFile file(
      "arrival,completion,deadline\n1700000000,1700000001,0.5\n"
      "1700000000,1700000001,1700000002\n");
  const auto requests = read_request_log(file.path()).requests;
  CHECK(requests.at(0).limit_seconds == 0.5);
  CHECK(requests.at(1).limit_seconds == 2.0);
}

TEST_CASE("who got no answer was not served: no status, status 0, or an error's text") {
  const auto given_up = [](const std::string& text) {
    std::string flags;
    const TemporaryFile file(text);
    for (const LoggedRequest& request : read_request_log(file.path()).requests) {
      flags += request.timed_out ? '1' : '0';
    }
    return flags;
  };
  CHECK(given_up("start,end,status\n1,2,200\n1,2,0\n1,2,000\n1,2,-1\n1,2,\n1,2,404\n1,2,301\n") ==
        "0111110");
  CHECK(given_up("start,end,error\n1,2,\n1,2,connection reset\n1,2,false\n1,2,0\n1,2,null\n") ==
        "01000");
}

TEST_CASE("a column named twice for a role is refused") {
  const TemporaryFile file("a,b,c\n1,2,3\n");
  const std::vector<RequestColumn> told = {parse_request_column("arrival=a:s"),
                                           parse_request_column("completion=b:s"),
                                           parse_request_column("arrival=c:s")};
  CHECK_THROWS_WITH_AS(read_request_log(file.path(), told),
                       doctest::Contains("--column names two columns for arrival: a and c"),
                       LogError);
}

TEST_CASE("a last line without an end is used, and said to be perhaps cut") {
  const TemporaryFile file("start,latency_ms\n1700000000,800\n1700000001,8");
  const RequestLog log = read_request_log(file.path());
  CHECK(log.requests.size() == 2);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] == "line 3 has no end: its last value may be cut");
}

TEST_CASE("units that make no sense are told") {
  CHECK(complaint("arrival,latency_s\n1700000000,12000\n1700000001,12000\n")
            .starts_with("1:1: a request takes 12000 s (median)"));
  CHECK(complaint("arrival,completion,latency\n1700000000,1700000001,1000\n")
            .starts_with("1:1: the column latency says 1000 s (median)"));
  CHECK(complaint("arrival,latency_s\n1700000000,1\n1e26,1\n")
            .find("expected a time: at most 1e+11 s, not 1e+17 s") != std::string::npos);
}

TEST_CASE("files without single requests say what they are and what to record instead") {
  for (const char* text :
       {"Concurrency,Inferences/Second,Client Send\n1,41.2,48\n",
        "[{\"startInMs\":1,\"computeMs\":2,\"latencyMs\":3}]", "===\nMLPerf Results Summary\n===\n",
        "INFO:     127.0.0.1:50001 - \"POST /infer HTTP/1.1\" 200 OK\n"}) {
    const std::string message = complaint(text);
    CAPTURE(message);
    CHECK(message.starts_with("1:1: this is "));
    CHECK(message.find("Record each request's arrival and completion") != std::string::npos);
  }
}

TEST_CASE("JSON that is broken or nested without end is refused") {
  CHECK(complaint("{\"a\":1") != "nothing");
  CHECK(complaint("{\"a\":" + std::string(100000, '[')) ==
        "1:70: JSON: expected at most 64 nested values");
  CHECK(complaint("{\"arrival\":1,\"completion\":2}\nx") == "2:1: JSON: expected '{'");
}

TEST_CASE("a request log that cannot be opened says so") {
  CHECK_THROWS_AS(read_request_log("/nonexistent"), std::system_error);
}

TEST_CASE("no mutation of a request log crashes the reader") {
  std::mt19937_64 random(1);
  const std::string good = kHeader + "a,\"a 0\",10.5,10.75,12.5,2,1.5,False\nb,b,1,,9,8,20,True\n";
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    const TemporaryFile file(mutated(good, random));
    try {
      read_request_log(file.path());
    } catch (const LogError&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
}

TEST_CASE("the genuine request logs are read whole") {
  const std::string served = real_data("loudva/serving/stock_governor_3_requests.csv");
  if (served.empty()) return;
  CHECK(read_request_log(served).requests.size() == 1734);
  const auto overloaded =
      read_request_log(real_data("loudva/serving/loud_prof_1_requests.csv")).requests;
  CHECK(overloaded.size() == 3228);
  std::size_t timed_out = 0;
  std::size_t missed = 0;
  for (const LoggedRequest& request : overloaded) {
    timed_out += request.timed_out ? 1 : 0;
    missed += request.missed() ? 1 : 0;
  }
  CHECK(timed_out == 1434);
  CHECK(missed == 2704);
}

TEST_CASE("rows in a block of NULs are left out and told, whatever else is not text is refused") {
  const std::string nuls(200, '\0');
  const TemporaryFile file("arrival,completion\n10,11\n12,1" + nuls + "\n14,15\n" + nuls);
  const RequestLog log = read_request_log(file.path());
  REQUIRE(log.requests.size() == 2);
  CHECK(log.requests[1].arrival_seconds == 14.0);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] == "2 lines hold NULs, as after a power cut, and are left out");
  const TemporaryFile damaged("arrival,completion\n10,11\n12,\x01\n");
  CHECK_THROWS_AS(read_request_log(damaged.path()), LogError);
}

TEST_CASE("rows that are the same as another, its id as well, are counted and told") {
  const auto notes = [](const std::string& text) {
    return read_request_log(TemporaryFile(text).path()).notes;
  };
  const auto repeated = notes("Request ID,arrival,completion\na,10,11\nb,12,13\nb,12,13\n");
  REQUIRE(repeated.size() == 1);
  CHECK(repeated[0].starts_with("1 of 3 rows are the same as another"));
  CHECK(notes("id,arrival,completion\na,10,11\na,12,13\n").empty());  // a retry
  CHECK(notes("arrival,completion\n10,11\n10,11\n").empty());         // a batch
}
