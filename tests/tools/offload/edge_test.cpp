// flyball-edge and flyball-cloud as processes, and what goes wrong between them: every request is
// answered, in time, and the cloud is found again.
#include <signal.h>

#include <algorithm>

#include "tests/support/program_run.h"
#include "tests/tools/offload/processes.h"

using namespace flyball;

namespace {

constexpr std::size_t kRequests = 240;

// 2.4 seconds of requests with a fifth of a second for each.
Words steady_requests() {
  return {
      "--requests", std::to_string(kRequests), "--rate", "100", "--deadline", "0.2", "--most-rest",
      "0.2"};
}

// None is lost; a machine that is busy with other things may let a few of them wait.
void check_all_answered(const EdgeResult& result) {
  CHECK(result.figures["answered"] == kRequests);
  CHECK(result.sources.size() == kRequests);
  CHECK(result.figures["missed"].get<std::size_t>() <= kRequests / 50);
}

std::size_t fallbacks(const EdgeResult& result, const char* cause) {
  return result.figures["fallbacks"][cause].get<std::size_t>();
}

}  // namespace

TEST_CASE("both programs answer together, report every request and follow a file's share") {
  const OffloadFolder folder;
  CloudProcess cloud(folder);
  write_file(folder.path() / "share", "0.25\n");
  EdgeProcess edge(folder, cloud.address(),
                   joined(steady_requests(), {"--share-file", folder.file("share")}));
  edge.wait_for(60);
  write_file(folder.path() / "share", "0");
  const EdgeResult result = edge.result();
  check_all_answered(result);
  CHECK(edge.reported() == kRequests);
  CHECK(result.sources.front() == "fused");
  CHECK(result.sources.back() == "local");
  CHECK(result.figures["fused"].get<std::size_t>() >= 50);
  CHECK(result.figures["attention_share"] > 0.0);
  CHECK(result.figures["edge_seconds"]["sum"] > 0.0);
  CHECK(cloud.end()["answered"] == result.figures["fused"]);
}

TEST_CASE("a cloud that stands still costs one request its remote answer, and is found again") {
  const OffloadFolder folder;
  CloudProcess cloud(folder);
  EdgeProcess edge(folder, cloud.address(), steady_requests());
  edge.wait_for(40);
  cloud.process().signal(SIGSTOP);
  edge.wait_for(120);
  cloud.process().signal(SIGCONT);
  const EdgeResult result = edge.result();
  check_all_answered(result);
  CHECK(fallbacks(result, "late") >= 1);
  CHECK(fallbacks(result, "late") <= 10);  // the others were answered at once
  CHECK(fallbacks(result, "resting") >= 20);
  CHECK(result.sources.back() == "fused");
}

TEST_CASE("a cloud that is killed is not missed, and its successor is found") {
  const OffloadFolder folder;
  auto cloud = std::make_unique<CloudProcess>(folder);
  const int port = cloud->port();
  EdgeProcess edge(folder, cloud->address(), steady_requests());
  edge.wait_for(40);
  cloud->process().signal(SIGKILL);
  CHECK(cloud->process().wait() == -SIGKILL);
  edge.wait_for(120);
  cloud = std::make_unique<CloudProcess>(folder, Words{}, Place{{}, "127.0.0.1", port});
  const EdgeResult result = edge.result();
  check_all_answered(result);
  CHECK(fallbacks(result, "resting") >= 20);
  CHECK(fallbacks(result, "unavailable") + fallbacks(result, "late") <= 10);
  CHECK(result.sources.back() == "fused");
}

TEST_CASE("nothing is sent to a cloud whose certificate nobody trusts") {
  const OffloadFolder folder;
  write_certificate(folder.path(), "own");
  write_certificate(folder.path(), "other");
  CloudProcess cloud(
      folder, {"--tls-certificate", folder.file("own.pem"), "--tls-key", folder.file("own.key")});
  const Words few = {"--requests", "50", "--deadline", "0.2", "--wait", "5", "--tls-trust"};
  const auto trusting = [&](const char* certificate, double wait_seconds) {
    Words words = few;
    words.push_back(folder.file(certificate));
    words[5] = std::to_string(wait_seconds);
    return EdgeProcess(folder, cloud.address(), words).result();
  };
  const EdgeResult right = trusting("own.pem", 5.0);
  CHECK(right.figures["fused"] == 50);
  CHECK(right.figures["last_failure"] == "");
  const EdgeResult wrong = trusting("other.pem", 0.3);
  CHECK(wrong.figures["answered"] == 50);
  CHECK(fallbacks(wrong, "resting") == 50);
  CHECK(wrong.figures["sent_bytes"] == 0);
  CHECK(wrong.figures["last_failure"] != "");
  CHECK(wrong.figures["bandwidth_bits_per_second"].is_null());
}

TEST_CASE("an edge with another network is refused, and answers by itself") {
  const OffloadFolder folder;
  CloudProcess cloud(folder);
  write_file(folder.path() / "n.safetensors", write_safetensors(sample_network(2)));
  const EdgeResult result =
      EdgeProcess(folder, cloud.address(), {"--requests", "50", "--wait", "0.3"}).result();
  CHECK(fallbacks(result, "resting") == 50);
  CHECK(result.figures["last_failure"].get<std::string>().find("has no version") !=
        std::string::npos);
}

TEST_CASE("the edge ends by Ctrl-C with what it has, and refuses what it cannot do, by name") {
  const OffloadFolder folder;
  EdgeProcess edge(folder, "localhost:1", {"--requests", "100000", "--rate", "50", "--wait", "0"});
  edge.wait_for(5);
  edge.process().signal(SIGINT);
  CHECK(edge.process().wait() == 130);
  CHECK(text_of(folder.path() / "edge.txt").find("\"answered\": ") != std::string::npos);

  const std::string network = "--network " + folder.file("n.safetensors");
  const auto said = [&](const std::string& arguments) {
    return run_program("flyball-edge", arguments, "2>&1");
  };
  CHECK(said("").exit_code == 2);
  CHECK(said(network + " --share 1.5").exit_code == 2);
  CHECK(said(network + " --cloud localhost:99999").exit_code == 2);
  CHECK(said(network + " --share 0.5 --share-file x").exit_code == 2);
  CHECK(said(network + " --data /nowhere").exit_code == 3);
  CHECK(said(network + " --data " + folder.path().string() + " --share-file /nowhere").output ==
        "flyball-edge: /nowhere: a number from 0 to 1 expected\n");
}
