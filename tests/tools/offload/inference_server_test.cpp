// Server and client of the protocol in one process, over loopback.
#include "tools/offload/rpc/inference_server.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/temporary_directory.h"
#include "tests/tools/offload/sample_network.h"
#include "tools/offload/rpc/grpc_log.h"
#include "tools/offload/rpc/inference_client.h"

using namespace flyball;

namespace {

struct Served {
  explicit Served(std::optional<ServerCertificate> certificate = {})
      : server(runtime, {"127.0.0.1:0", "split", "7", std::move(certificate)}) {
    silence_grpc();
  }

  InferenceClientOptions client() const {
    InferenceClientOptions options;
    options.address = "localhost:" + std::to_string(server.port());
    options.version = "7";
    options.map = split_map(runtime.shape());
    options.classes = runtime.shape().classes;
    return options;
  }

  SplitRuntime runtime{sample_network()};
  InferenceServer server;
};

InferenceClient::TimePoint in_seconds(double seconds) {
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                std::chrono::duration<double>(seconds));
}

SentChannels sample() { return {{1, 6}, std::vector<std::uint8_t>(128, 9), 0.1F, 2}; }

RemoteResult ask(const InferenceClientOptions& options, const SentChannels& sent = sample()) {
  InferenceClient client(options);
  client.send(sent, in_seconds(10.0));
  return client.wait();
}

RemoteFailure failure_of(const RemoteResult& result) {
  const auto* failure = std::get_if<RemoteFailure>(&result);
  REQUIRE(failure != nullptr);
  return *failure;
}

InferenceClient::Probe probe(InferenceClient& client, double seconds = 10.0) {
  client.probe(in_seconds(seconds));
  for (;;) {
    if (const auto found = client.probed()) return *found;
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("the server answers what the runtime answers, and counts it") {
  const Served served;
  const RemoteResult result = ask(served.client());
  const auto* answer = std::get_if<RemoteAnswer>(&result);
  REQUIRE(answer != nullptr);
  CHECK(answer->logits == served.runtime.remote_scores(sample()));
  REQUIRE(answer->compute_seconds);
  CHECK(*answer->compute_seconds > 0.0);
  CHECK(*answer->compute_seconds < answer->seconds);
  CHECK(answer->sent_bytes > 128);
  CHECK(answer->received_bytes > 16);
  CHECK(served.server.counts().answered == 1);
  CHECK(served.server.counts().refused == 0);
}

TEST_CASE("another model, version, channel or size is refused, and said why") {
  const Served served;
  InferenceClientOptions options = served.client();
  options.model = "resnet";
  CHECK(failure_of(ask(options)).reason == "no model \"resnet\"; there is \"split\"");
  options = served.client();
  options.version = "8";
  CHECK(failure_of(ask(options)).fault == RemoteFault::kRefused);
  CHECK(failure_of(ask(options)).reason == "model \"split\" has no version 8; it has 7");
  InferenceClient client(options);
  const InferenceClient::Probe probed = probe(client);
  REQUIRE(probed.failure);
  CHECK(probed.failure->fault == RemoteFault::kRefused);
  SentChannels sent = sample();
  sent.channels = {6, 8};
  CHECK(failure_of(ask(served.client(), sent)).reason ==
        "channel 8 at 1: ascending numbers below 8 expected");
  sent.values.resize(40);
  CHECK(failure_of(ask(served.client(), sent)).reason ==
        "features: 40 bytes for shape [2, 8, 8] of UINT8");
  sent.values.resize(100000);
  const RemoteFailure large = failure_of(ask(served.client(), sent));
  CHECK(large.fault == RemoteFault::kRefused);
  CHECK(large.reason.find("larger than max") != std::string::npos);
  CHECK(served.server.counts().answered == 0);
  CHECK(served.server.counts().refused == 5);
}

TEST_CASE("a server that nobody trusts, or that is not there, is unavailable") {
  const TemporaryDirectory folder;
  write_certificate(folder.path(), "one");
  write_certificate(folder.path(), "other");
  const Served served(
      ServerCertificate{text_of(folder.path() / "one.pem"), text_of(folder.path() / "one.key")});
  InferenceClientOptions options = served.client();
  options.certificates = text_of(folder.path() / "one.pem");
  CHECK(std::holds_alternative<RemoteAnswer>(ask(options)));
  options.server_name = "elsewhere.example";
  CHECK(failure_of(ask(options)).fault == RemoteFault::kUnavailable);
  options = served.client();
  options.certificates = text_of(folder.path() / "other.pem");
  CHECK(failure_of(ask(options)).fault == RemoteFault::kUnavailable);
  options.certificates = std::nullopt;
  CHECK(failure_of(ask(options)).fault == RemoteFault::kUnavailable);
  CHECK(served.server.counts().answered == 1);

  options.address = "localhost:1";
  CHECK(failure_of(ask(options)).fault == RemoteFault::kUnavailable);
  InferenceClient client(options);
  const InferenceClient::Probe probed = probe(client);
  REQUIRE(probed.failure);
  CHECK(probed.failure->fault == RemoteFault::kUnavailable);
}

TEST_CASE("a drained server takes no more, and its client goes on with the next one") {
  auto served = std::make_unique<Served>();
  InferenceClientOptions options = served->client();
  InferenceClient client(options);
  CHECK(!probe(client).failure);
  served->server.drain(5.0);
  CHECK(probe(client).failure);
  const SplitRuntime runtime(sample_network());
  served.reset();
  const InferenceServer next(runtime,
                             {"127.0.0.1:" + options.address.substr(10), "split", "7", {}});
  while (probe(client).failure) std::this_thread::yield();  // ctest's timeout ends it
  client.send(sample(), in_seconds(10.0));
  CHECK(std::holds_alternative<RemoteAnswer>(client.wait()));
  CHECK_THROWS_WITH_AS(
      InferenceServer(runtime, {"127.0.0.1:" + std::to_string(next.port()), "split", "7", {}}),
      doctest::Contains("cannot be listened on"), std::runtime_error);
}
