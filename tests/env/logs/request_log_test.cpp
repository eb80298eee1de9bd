#include "env/logs/request_log.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <system_error>

#include "env/logs/log_error.h"
#include "tests/env/logs/real_data.h"
#include "tests/env/logs/temporary_file.h"

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
  const auto requests = read_request_log(file.path());
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
  const auto requests = read_request_log(file.path());
  CHECK(requests.at(0).arrival_seconds == 1.0);
  CHECK(requests.at(0).completion_seconds == 3.0);
}

TEST_CASE("malformed request logs are refused with line, column and what was expected") {
  const std::string names =
      "Arrival Time, Queue Exit Time, Completion Time, Requested Latency, Timed Out";
  CHECK(complaint("") == "1:1: empty: expected a header row (" + names + ")");
  CHECK(complaint("Arrival Time,Completion Time\n") ==
        "1:1: no column 'Queue Exit Time' (needed: " + names + ")");
  CHECK(complaint(kHeader + "a,b,1,2,3,2,9\n") == "2:14: 7 cells, the header has 8");
  CHECK(complaint(kHeader + "a,b,x,2,3,2,9,False\n") ==
        "2:5: Arrival Time: 'x': expected a number of seconds");
  CHECK(complaint(kHeader + "a,b,1,2,nan,2,9,False\n") ==
        "2:9: Completion Time: 'nan': expected a finite number of seconds");
  CHECK(complaint(kHeader + "a,b,1,2,,2,9,False\n") ==
        "2:9: Completion Time: '': expected a number of seconds");
  CHECK(complaint(kHeader + "a,b,3,3,2,2,9,False\n") ==
        "2:9: Completion Time: '2': completed before it arrived");
  CHECK(complaint(kHeader + "a,b,1,4,3,2,9,False\n") ==
        "2:7: Queue Exit Time: '4': expected a time between arrival and completion");
  CHECK(complaint(kHeader + "a,b,1,,3,2,9,False\n") ==
        "2:7: Queue Exit Time: '': expected a time: the request was served");
  CHECK(complaint(kHeader + "a,b,1,2,3,2,0,False\n") ==
        "2:13: Requested Latency: '0': expected > 0");
  CHECK(complaint(kHeader + "a,b,1,2,3,2,9,maybe\n") ==
        "2:15: Timed Out: 'maybe': expected True or False");
  CHECK(complaint(kHeader + "\"a,b,1,2,3,2,9,False\n") == "2:1: a quoted cell has no end");
  CHECK(complaint(kHeader + "\"a\"b,b,1,2,3,2,9,False\n") ==
        "2:4: expected ',' after a quoted cell");
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
  CHECK(refused > 500);
}

TEST_CASE("the genuine request logs are read whole") {
  const std::string served = real_data("loudva/serving/stock_governor_3_requests.csv");
  if (served.empty()) return;
  CHECK(read_request_log(served).size() == 1734);
  const auto overloaded = read_request_log(real_data("loudva/serving/loud_prof_1_requests.csv"));
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
