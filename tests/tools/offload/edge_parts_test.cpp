// What the edge consists of, without processes.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/agent/vision/idx_folder.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/offload/sample_network.h"
#include "tools/offload/address.h"
#include "tools/offload/bandwidth_estimate.h"
#include "tools/offload/edge_part.h"
#include "tools/offload/edge_report.h"
#include "tools/offload/remote_health.h"
#include "tools/offload/rpc/inference_server.h"
#include "tools/offload/share_source.h"

using namespace flyball;

TEST_CASE("a remote part that fails rests longer each time, until a request is answered") {
  RemoteHealth health({0.1, 0.5});
  CHECK(health.advice(0.0) == RemoteAdvice::kProbe);
  health.found();
  CHECK(health.advice(0.0) == RemoteAdvice::kAsk);
  health.failed(1.0);
  CHECK(health.advice(1.05) == RemoteAdvice::kRest);
  CHECK(health.advice(1.11) == RemoteAdvice::kProbe);
  health.found();
  CHECK(health.advice(1.12) == RemoteAdvice::kAsk);
  health.failed(1.2);  // the probe came through, the request did not
  CHECK(health.advice(1.35) == RemoteAdvice::kRest);
  CHECK(health.advice(1.41) == RemoteAdvice::kProbe);
  health.failed(1.5);
  health.failed(1.9);
  health.failed(2.4);  // 0.1, 0.2, 0.4 and then the most
  CHECK(health.advice(2.85) == RemoteAdvice::kRest);
  CHECK(health.advice(2.91) == RemoteAdvice::kProbe);
  health.found();
  health.answered();
  health.failed(3.0);
  CHECK(health.advice(3.11) == RemoteAdvice::kProbe);
}

TEST_CASE("a bandwidth is unknown until transfers show it, and then what they show") {
  BandwidthEstimate estimate;
  CHECK(!estimate.bits_per_second());
  estimate.add_long(3000, 0.02);
  CHECK(!estimate.bits_per_second());
  const double seconds_per_byte = 8.0 / 2e6;
  const auto seconds = [&](std::size_t bytes) {
    return 0.004 + bytes_on_link(bytes) * seconds_per_byte;
  };
  estimate.add_short(32, seconds(32) + 0.003);
  estimate.add_short(32, seconds(32));
  CHECK(*estimate.round_trip_seconds() == doctest::Approx(seconds(32)));
  estimate.add_long(3000, seconds(3000) + 0.01);
  CHECK(*estimate.bits_per_second() < 1.5e6);
  estimate.add_long(3000, seconds(3000));  // the fastest counts
  CHECK(*estimate.bits_per_second() == doctest::Approx(2e6));
  for (int i = 0; i < 8; ++i) estimate.add_long(3000, 2.0 * seconds(3000) - seconds(32));
  CHECK(*estimate.bits_per_second() == doctest::Approx(1e6));
  estimate.add_long(3000, seconds(32) + 1e-4);  // no slower than a short one
  CHECK(!estimate.bits_per_second());
  estimate.forget_short();
  CHECK(!estimate.round_trip_seconds());
}

TEST_CASE("an address is a host and a port that there can be") {
  CHECK(parse_address("board.lan:8001").host == "board.lan");
  CHECK(parse_address("[::1]:8001").host == "::1");
  CHECK(parse_address("[::1]:8001").port == "8001");
  for (const char* text :
       {"board.lan", ":8001", "board.lan:", "b:99999", "b:65536", "b:-1", "b:x", "b:80x"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_address(text), std::invalid_argument);
  }
}

TEST_CASE("a share is a number from 0 to 1, and a file's last good one stays") {
  CHECK(parse_share(" 0.25\n") == 0.25);
  for (const char* text : {"", "\n", "x", "0.5 0.5", "1.01", "-0.1", "nan", "0.5x"}) {
    CAPTURE(text);
    CHECK(!parse_share(text));
  }
  const TemporaryDirectory folder;
  const std::string file = (folder.path() / "share").string();
  CHECK_THROWS(ShareSource{file});
  write_file(file, "0.75");
  ShareSource source(file);
  write_file(file, "1");
  CHECK(source.share() == 1.0);
  write_file(file, "much");
  CHECK(source.share() == 1.0);
  std::filesystem::remove(file);
  CHECK(source.share() == 1.0);
}

TEST_CASE("a report counts where answers came from and takes means over what there was") {
  EdgeReport report;
  EdgeAnswer fused;
  fused.source = AnswerSource::kFused;
  fused.edge = {0.001, 0.002, 0.003, 0.004, 0.0};
  fused.remote_seconds = 0.02;
  fused.compute_seconds = 0.005;
  fused.sent_bytes = 100;
  EdgeAnswer late = fused;
  late.source = AnswerSource::kLate;
  report.add(fused, 0.03, true, false);
  report.add(late, 0.11, false, true);
  const nlohmann::ordered_json json = report.to_json({1.0, {}, {}, "gone"});
  CHECK(json["answered"] == 2);
  CHECK(json["fused"] == 1);
  CHECK(json["fallbacks"]["late"] == 1);
  CHECK(json["missed"] == 1);
  CHECK(json["accuracy"] == 0.5);
  CHECK(json["latency_seconds"]["mean"].get<double>() == doctest::Approx(0.07));
  CHECK(json["latency_seconds"]["p50"] == 0.03);
  CHECK(json["latency_seconds"]["max"] == 0.11);
  CHECK(json["attention_share"].get<double>() == doctest::Approx(0.2));
  CHECK(json["of_fused"]["until_sent_seconds"].get<double>() == doctest::Approx(0.006));
  CHECK(json["of_fused"]["remote_seconds"] == 0.02);
  CHECK(json["sent_bytes"] == 200);
  CHECK(json["bandwidth_bits_per_second"].is_null());
  CHECK(report.to_text({1.0, {}, {}, "gone"}).find("last failure: gone") != std::string::npos);
  CHECK(EdgeReport().to_json({})["accuracy"].is_null());
}

TEST_CASE("the edge's answer is that of both parts fused, and its own where there is no time") {
  const SplitRuntime runtime(sample_network());
  const InferenceServer server(runtime, {"127.0.0.1:0", "split", "1", {}});
  InferenceClientOptions options;
  options.address = "localhost:" + std::to_string(server.port());
  options.map = split_map(runtime.shape());
  options.classes = runtime.shape().classes;
  InferenceClient client(options);
  EdgePart edge(runtime, &client, {});
  edge.wait_for_remote(10.0);
  const LabelledImages images = squares(20, 4);
  const auto in = [](int seconds) {
    return EdgePart::Clock::now() + std::chrono::seconds(seconds);
  };
  std::size_t differ = 0;
  for (std::size_t i = 0; i < images.count(); ++i) {
    const EdgeAnswer answer = edge.answer(images.pixels_of(i, 1), 0.75, in(10));
    CHECK(answer.source == AnswerSource::kFused);
    CHECK(answer.sent_channels == 6);
    CHECK(answer.edge.attention > 0.0);
    FeatureMap map = runtime.extract(images.pixels_of(i, 1));
    runtime.attend(map);
    const auto kept = most_important(channel_shares(map), 2);
    const auto local = runtime.local_scores(map, kept);
    const auto fused =
        fuse(local, runtime.remote_scores(pack(map, others(kept, 8), 8)), runtime.lambda(2));
    const auto best = std::max_element(fused.begin(), fused.end()) - fused.begin();
    CHECK(answer.label == static_cast<std::size_t>(best));
    differ += best != std::max_element(local.begin(), local.end()) - local.begin() ? 1 : 0;
  }
  CHECK(differ > 0);  // the remote part has a say
  CHECK(edge.bandwidth().round_trip_seconds());
  CHECK(edge.answer(images.pixels_of(0, 1), 0.0, in(10)).source == AnswerSource::kLocal);
  CHECK(edge.answer(images.pixels_of(0, 1), 0.5, in(-1)).source == AnswerSource::kNoTime);
  EdgePart alone(runtime, nullptr, {});
  alone.wait_for_remote(10.0);
  CHECK(alone.answer(images.pixels_of(0, 1), 0.5, in(10)).source == AnswerSource::kLocal);
}
