#include "tools/reproduce/own/processes_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "agent/networks/q_network.h"
#include "agent/vision/split_layout.h"
#include "agent/vision/split_network.h"
#include "agent/vision/split_trainer.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/interrupt.h"
#include "tools/jobs/background_program.h"
#include "tools/jobs/shipped_program.h"
#include "tools/scratch_folder.h"

namespace flyball {

namespace {

using nlohmann::json;

constexpr double kShare = 0.5;
constexpr double kAllowed = 0.1;        // of the model's latency
constexpr double kUnlimited = 1e12;     // bit/s
constexpr const char* kDeadline = "5";  // seconds: every request is to be answered by both
constexpr std::size_t kTrainImages = 10000;
constexpr std::size_t kClasses = 10;

std::filesystem::path data_folder(const ProcessesOptions& options) {
  return options.data.empty() ? std::filesystem::path(kFashionMnistFolder) : options.data;
}

void train_network(const ProcessesOptions& options, const std::filesystem::path& file) {
  set_torch_threads(1);
  const LabelledImages images =
      read_labelled_images(data_folder(options), ImagePart::kTrain, kClasses, kTrainImages);
  SplitTrainConfig training;
  training.epochs = 1;
  SplitNetwork network({images.rows, images.columns, kClasses}, {}, 1);
  train_split_network(network, images, training, 1, [](const SplitProgress&) {
    if (interrupted()) throw Interrupted("interrupted");
    return true;
  });
  write_output(file, write_safetensors(network.to_safetensors()));
}

// What edge and link said of some requests at a rate.
struct Measured {
  json edge;
  double bytes_each = 0.0;  // on the link, both ways
};

class TwoPrograms {
 public:
  TwoPrograms(const ProcessesOptions& options, std::filesystem::path network)
      : options_(options),
        network_(std::move(network)),
        cloud_(options.programs / "flyball-cloud",
               {"--network", network_.string(), "--listen", "127.0.0.1:0", "--json"}) {}

  Measured measure(double bits_per_second, std::size_t requests) const {
    BackgroundProgram link(
        options_.programs / "flyball-link",
        {"--to", address_of(cloud_), "--rate", fmt::format("{}", bits_per_second), "--json"});
    Measured measured;
    measured.edge =
        ShippedProgram(options_.programs / "flyball-edge")
            .ask({"--network", network_.string(), "--data", data_folder(options_).string(),
                  "--cloud", address_of(link), "--share", fmt::format("{}", kShare), "--requests",
                  std::to_string(requests), "--deadline", kDeadline, "--wait", "10"});
    const json counts = link.end();
    const double bytes =
        counts["forward_bytes"].get<double>() + counts["backward_bytes"].get<double>();
    measured.bytes_each = bytes / static_cast<double>(requests);
    return measured;
  }

 private:
  static std::string address_of(const BackgroundProgram& program) {
    return fmt::format("127.0.0.1:{}", program.port());
  }

  const ProcessesOptions& options_;
  std::filesystem::path network_;
  BackgroundProgram cloud_;
};

UnlimitedLink unlimited(const Measured& measured) {
  const json& fused = measured.edge["of_fused"];
  if (fused["latency_seconds"].is_null()) {
    throw DataError("flyball-edge: no request was answered by both parts: " +
                    measured.edge["last_failure"].get<std::string>());
  }
  UnlimitedLink link;
  link.edge_seconds = fused["until_sent_seconds"];
  link.cloud_seconds = fused["cloud_seconds"];
  link.other_seconds =
      fused["latency_seconds"].get<double>() - link.edge_seconds - link.cloud_seconds;
  link.other_median_seconds = measured.edge["latency_seconds"]["p50"].get<double>() -
                              link.edge_seconds - link.cloud_seconds;
  link.bytes = measured.bytes_each;
  return link;
}

// A request's latency by the model, in two ways: of means and of medians.
struct Modelled {
  double mean_seconds = 0.0;
  double median_seconds = 0.0;
};

Modelled modelled(const UnlimitedLink& link, double feature_bytes, double rate) {
  OffloadWork work = work_of(link, kShare, feature_bytes);
  Modelled result{modelled_seconds(work, link.edge_seconds, kShare, rate), 0.0};
  work.round_trip_seconds = std::max(0.0, link.other_median_seconds);
  result.median_seconds = modelled_seconds(work, link.edge_seconds, kShare, rate);
  return result;
}

void add_rate(const Measured& measured, std::size_t requests, double rate, const Modelled& modelled,
              ReproductionTable& table) {
  constexpr double kMs = 1e3;
  const json& edge = measured.edge;
  const json& latency = edge["latency_seconds"];
  const std::string name = fmt::format("{:g} Mbit/s: ", rate * 1e-6);
  table.check_share(name + "mean latency, beside the model's", kMs * modelled.mean_seconds,
                    kMs * latency["mean"].get<double>(), "ms", kAllowed);
  table.show(name + "median, beside the model's", kMs * modelled.median_seconds,
             kMs * latency["p50"].get<double>(), "ms");
  table.show(name + "95th percentile", {}, kMs * latency["p95"].get<double>(), "ms");
  table.check_at_most(name + "requests not answered by both", 0.0,
                      static_cast<double>(requests) - edge["fused"].get<double>(), "");
  if (!edge["bandwidth_bits_per_second"].is_null()) {
    table.show(name + "bandwidth, by the edge's own transfers", rate * 1e-6,
               1e-6 * edge["bandwidth_bits_per_second"].get<double>(), "Mbit/s");
  }
  table.show(name + "SCAM, share of the edge's time", {},
             100.0 * edge["attention_share"].get<double>(), "%");
}

}  // namespace

OffloadWork work_of(const UnlimitedLink& link, double share, double feature_bytes) {
  OffloadWork work;
  work.feature_bytes = feature_bytes;
  work.header_bytes = std::max(0.0, link.bytes - share * feature_bytes);
  work.edge_floor = 1.0;
  work.attention = 0.0;  // within the edge's work
  work.cloud_seconds = link.cloud_seconds / share;
  work.round_trip_seconds = link.other_seconds;
  return work;
}

double modelled_seconds(const OffloadWork& work, double edge_seconds, double share,
                        double bits_per_second) {
  const BandwidthTrace trace(BandwidthSteps{{{0.0, bits_per_second}}, {}});
  const double sent = edge_factor(work, share) * edge_seconds;
  return trace.end_seconds(sent, sent_bytes(work, share, 1)) + answer_seconds(work, share, 1);
}

void run_processes(const ProcessesOptions& options, const ProcessesRun& run,
                   ReproductionTable& table) {
  const SplitHeader header = read_split_header(read_split_file(run.network.string()));
  const double feature_bytes =
      static_cast<double>(header.config.channels * split_map(header.shape).area());
  const TwoPrograms programs(options, run.network);
  for (const double rate : run.rates) {
    const UnlimitedLink link = unlimited(programs.measure(kUnlimited, run.unlimited_requests));
    const Measured measured = programs.measure(rate, run.requests);
    add_rate(measured, run.requests, rate, modelled(link, feature_bytes, rate), table);
    table.note(fmt::format(
        "{:g} Mbit/s: the model was given {:.3f} ms of the edge before it sends, {:.3f} ms of the "
        "cloud, {:.3f} ms\nbetween them, {:.0f} bytes on the link, of which {:.0f} are features.",
        rate * 1e-6, 1e3 * link.edge_seconds, 1e3 * link.cloud_seconds, 1e3 * link.other_seconds,
        link.bytes, kShare * feature_bytes));
  }
  table.note(fmt::format(
      "{} requests at each rate, half of the channels sent. What the model was given was measured "
      "just "
      "before,\nby {} requests over a link without a limit. Both directions have the rate.",
      run.requests, run.unlimited_requests));
}

void reproduce_processes(const ProcessesOptions& options, ReproductionTable& table) {
  const ScratchFolder folder;
  ProcessesRun run{folder.path() / "network.safetensors", {0.5e6, 2e6, 5e6, 8e6}};
  if (options.effort == Effort::kQuick) {
    run.rates = {2e6, 8e6};
    run.requests = run.unlimited_requests = 100;
  }
  train_network(options, run.network);
  run_processes(options, run, table);
}

}  // namespace flyball
