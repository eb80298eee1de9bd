#include "tools/reproduce/own/processes_table.h"

#include <fmt/format.h>

#include <algorithm>
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
#include "env/statistics.h"
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

// What edge and link said of a round.
struct Round {
  double mean_seconds = 0.0;  // latency
  double median_seconds = 0.0;
  double p95_seconds = 0.0;
  double edge_seconds = 0.0;  // until the message is on its way
  double cloud_seconds = 0.0;
  double fused = 0.0;  // requests
  double attention_share = 0.0;
  double bytes = 0.0;               // on the link for a request, both ways
  std::optional<double> bandwidth;  // bit/s, as the edge saw it
};

Round round_of(const json& edge, const json& link, std::size_t requests) {
  const json& fused = edge["of_fused"];
  if (fused["latency_seconds"].is_null()) {
    throw DataError("flyball-edge: no request was answered by both parts: " +
                    edge["last_failure"].get<std::string>());
  }
  Round round;
  round.mean_seconds = edge["latency_seconds"]["mean"];
  round.median_seconds = edge["latency_seconds"]["p50"];
  round.p95_seconds = edge["latency_seconds"]["p95"];
  round.edge_seconds = fused["until_sent_seconds"];
  round.cloud_seconds = fused["cloud_seconds"];
  round.fused = edge["fused"];
  round.attention_share = edge["attention_share"];
  const double bytes = link["forward_bytes"].get<double>() + link["backward_bytes"].get<double>();
  round.bytes = bytes / static_cast<double>(requests);
  const json& bandwidth = edge["bandwidth_bits_per_second"];
  if (!bandwidth.is_null()) round.bandwidth = bandwidth.get<double>();
  return round;
}

using Rounds = std::vector<Round>;

double mean_of(const Rounds& rounds, double Round::*figure) {
  double sum = 0.0;
  for (const Round& round : rounds) sum += round.*figure;
  return sum / static_cast<double>(rounds.size());
}

double median_of(const Rounds& rounds, double Round::*figure) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.*figure);
  return interpolated_quantile(values, 0.5);
}

// Absent: in no round.
std::optional<double> bandwidth_of(const Rounds& rounds) {
  std::vector<double> values;
  for (const Round& round : rounds) {
    if (round.bandwidth) values.push_back(*round.bandwidth);
  }
  if (values.empty()) return std::nullopt;
  return interpolated_quantile(values, 0.5);
}

class TwoPrograms {
 public:
  TwoPrograms(const ProcessesOptions& options, std::filesystem::path network)
      : options_(options),
        network_(std::move(network)),
        cloud_(options.programs / "flyball-cloud",
               {"--network", network_.string(), "--listen", "127.0.0.1:0", "--json"}) {}

  Round measure(double bits_per_second, std::size_t requests) const {
    BackgroundProgram link(
        options_.programs / "flyball-link",
        {"--to", address_of(cloud_), "--rate", fmt::format("{}", bits_per_second), "--json"});
    const json edge =
        ShippedProgram(options_.programs / "flyball-edge")
            .ask({"--network", network_.string(), "--data", data_folder(options_).string(),
                  "--cloud", address_of(link), "--share", fmt::format("{}", kShare), "--requests",
                  std::to_string(requests), "--deadline", kDeadline, "--wait", "10"});
    return round_of(edge, link.end(), requests);
  }

 private:
  static std::string address_of(const BackgroundProgram& program) {
    return fmt::format("127.0.0.1:{}", program.port());
  }

  const ProcessesOptions& options_;
  std::filesystem::path network_;
  BackgroundProgram cloud_;
};

UnlimitedLink unlimited(const Rounds& rounds) {
  UnlimitedLink link;
  link.edge_seconds = mean_of(rounds, &Round::edge_seconds);
  link.cloud_seconds = mean_of(rounds, &Round::cloud_seconds);
  const double known = link.edge_seconds + link.cloud_seconds;
  link.other_seconds = mean_of(rounds, &Round::mean_seconds) - known;
  link.other_median_seconds = median_of(rounds, &Round::median_seconds) - known;
  link.bytes = mean_of(rounds, &Round::bytes);
  return link;
}

// A request's latency by the model.
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

void add_rate(const Rounds& rounds, std::size_t requests, double rate, const Modelled& modelled,
              ReproductionTable& table) {
  constexpr double kMs = 1e3;
  const std::string name = fmt::format("{:g} Mbit/s: ", rate * 1e-6);
  table.check_share(name + "mean latency, beside the model's", kMs * modelled.mean_seconds,
                    kMs * mean_of(rounds, &Round::mean_seconds), "ms", kAllowed);
  table.check_share(name + "median, beside the model's", kMs * modelled.median_seconds,
                    kMs * median_of(rounds, &Round::median_seconds), "ms", kAllowed);
  table.show(name + "95th percentile", {}, kMs * median_of(rounds, &Round::p95_seconds), "ms");
  table.check_at_most(name + "requests not answered by both", 0.0,
                      static_cast<double>(rounds.size()) *
                          (static_cast<double>(requests) - mean_of(rounds, &Round::fused)),
                      "");
  if (const auto bandwidth = bandwidth_of(rounds)) {
    table.show(name + "bandwidth, by the edge's own transfers", rate * 1e-6, 1e-6 * *bandwidth,
               "Mbit/s");
  }
  table.show(name + "SCAM, share of the edge's time", {},
             100.0 * mean_of(rounds, &Round::attention_share), "%");
}

}  // namespace

OffloadWork work_of(const UnlimitedLink& link, double share, double feature_bytes) {
  OffloadWork work;
  work.feature_bytes = feature_bytes;
  work.header_bytes = std::max(0.0, link.bytes - share * feature_bytes);
  work.edge_floor = 1.0;
  work.attention = 0.0;  // within the edge's work
  work.cloud_seconds = link.cloud_seconds / share;
  work.round_trip_seconds = std::max(0.0, link.other_seconds);
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
    Rounds given;
    Rounds measured;
    for (std::size_t i = 0; i < run.rounds; ++i) {
      given.push_back(programs.measure(kUnlimited, run.requests));
      measured.push_back(programs.measure(rate, run.requests));
    }
    const UnlimitedLink link = unlimited(given);
    add_rate(measured, run.requests, rate, modelled(link, feature_bytes, rate), table);
    table.note(fmt::format(
        "{:g} Mbit/s: the model was given {:.3f} ms of the edge before it sends, {:.3f} ms of the "
        "cloud, {:.3f} ms\nbetween them, {:.0f} bytes on the link, of which {:.0f} are features.",
        rate * 1e-6, 1e3 * link.edge_seconds, 1e3 * link.cloud_seconds, 1e3 * link.other_seconds,
        link.bytes, kShare * feature_bytes));
  }
  table.note(fmt::format(
      "{} rounds of {} requests at each rate, half of the channels sent, the rate in each "
      "direction. "
      "What the model\nwas given was measured between the rounds, by as many requests over a link "
      "without a limit.",
      run.rounds, run.requests));
}

void reproduce_processes(const ProcessesOptions& options, ReproductionTable& table) {
  const ScratchFolder folder;
  ProcessesRun run{folder.path() / "network.safetensors", {0.5e6, 2e6, 5e6, 8e6}};
  if (options.effort == Effort::kQuick) {
    run.rates = {2e6, 8e6};
    run.rounds = 2;
  }
  train_network(options, run.network);
  run_processes(options, run, table);
}

}  // namespace flyball
