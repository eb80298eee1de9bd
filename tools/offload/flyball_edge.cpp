// flyball-edge: runs the edge's part of a split network, asks a cloud for the rest, and reports its
// requests as an application does.
#include <flyball.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "agent/vision/idx_file.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/commit.h"
#include "tools/console.h"
#include "tools/help_formatter.h"
#include "tools/interrupt.h"
#include "tools/offload/address.h"
#include "tools/offload/edge_part.h"
#include "tools/offload/edge_report.h"
#include "tools/offload/pem_file.h"
#include "tools/offload/rpc/grpc_log.h"
#include "tools/offload/rpc/inference_client.h"
#include "tools/offload/share_source.h"
#include "tools/offload/split_file.h"
#include "tools/program.h"
#include "tools/program_pages.h"
#include "tools/progress.h"

namespace flyball {

namespace {

using Clock = std::chrono::steady_clock;

// Of the deadline: fusing, reporting and the scheduler need it after the remote part was waited
// for.
constexpr double kReserve = 0.1;
constexpr double kLeastReserveSeconds = 1e-3;

struct EdgeOptions {
  std::string network;
  std::string cloud;
  InferenceClientOptions client;
  std::string trust;
  double share = 0.5;
  std::string share_file;
  double deadline_seconds = 0.1;
  std::size_t requests = 1000;
  std::optional<double> rate;
  double wait_seconds = 1.0;
  RemoteHealth::Rests rests;
  std::string data = kFashionMnistFolder;
  std::string application;
  std::string output;
  bool json = false;
};

constexpr const char* kFooter =
    R"(The edge keeps the most important channels of every image and sends the others. Both answer, and
the answers are fused. Where the cloud is late, gone or refuses, the edge's own answer counts, at
once; later requests are then answered by the edge alone until the cloud is found again.
Examples:
  flyball-edge --network net.safetensors                          by the edge alone
  flyball-edge --network net.safetensors --cloud board.lan:8001 --share 0.7
  flyball-edge --network net.safetensors --cloud board.lan:8001 --tls-trust ca.pem --json
  flyball-edge --network net.safetensors --cloud board.lan:8001 --share-file share --rate 30)";

void add_remote_options(CLI::App& app, EdgeOptions& options) {
  app.add_option("--cloud", options.cloud,
                 "Host and port of flyball-cloud or Triton (default: none, all stays here)")
      ->type_name("ADDRESS");
  app.add_option("--model", options.client.model, "The model's name there")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model-version", options.client.version,
                 "Its version there (default: the network's checksum)")
      ->type_name("NUMBER");
  app.add_option("--tls-trust", options.trust,
                 "Certificates that may sign the cloud's, PEM (default: no TLS)")
      ->type_name("FILE");
  app.add_option("--tls-name", options.client.server_name,
                 "Name that the cloud's certificate has to have (default: the address's host)")
      ->type_name("NAME");
  app.add_option("--wait", options.wait_seconds, "So long at most for the cloud at the start")
      ->type_name("SECONDS")
      ->check(number_in(0, 3600))
      ->capture_default_str();
  app.add_option("--most-rest", options.rests.most_seconds,
                 "After failures the cloud is left alone for 0.1 seconds, twice as long each time, "
                 "and so long at most")
      ->type_name("SECONDS")
      ->check(number_in(0.1, 3600))
      ->capture_default_str();
}

void add_options(CLI::App& app, EdgeOptions& options) {
  app.add_option("--network", options.network, "What flyball vision train wrote")
      ->type_name("N.safetensors");
  add_remote_options(app, options);
  CLI::Option* share = app.add_option("--share", options.share, "Of the channels that is sent")
                           ->type_name("SHARE")
                           ->check(number_in(0, 1))
                           ->capture_default_str();
  app.add_option("--share-file", options.share_file,
                 "A file that holds the share, read before every request")
      ->type_name("FILE")
      ->excludes(share);
  app.add_option("--deadline", options.deadline_seconds, "From arrival to answer")
      ->type_name("SECONDS")
      ->check(number_in(0.002, 3600))
      ->capture_default_str();
  app.add_option("--requests", options.requests,
                 "So many images, from the first on again and again")
      ->check(whole_in(1, 1000000000))
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "So many arrive per second (default: each when the one before is answered)")
      ->type_name("NUMBER")
      ->check(number_in(1e-3, 1e5));
  app.add_option("--data", options.data, "Folder of images and labels as idx.gz")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--application", options.application,
                 "Folder of the application link (default: $FLYBALL_APPLICATION, or flyballd's)")
      ->type_name("DIR");
  app.add_option("-o,--output", options.output, "One line for every request")->type_name("R.csv");
  app.add_flag("--json", options.json, "One JSON document on stdout");
}

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

LabelledImages read_images(const EdgeOptions& options, const ImageShape& shape) {
  LabelledImages images =
      read_labelled_images(options.data, ImagePart::kTest, shape.classes, options.requests);
  if (images.rows != shape.rows || images.columns != shape.columns) {
    throw DataError(fmt::format("{}: images of {}x{}, the network takes {}x{}", options.data,
                                images.rows, images.columns, shape.rows, shape.columns));
  }
  return images;
}

using ApplicationLink = std::unique_ptr<FlyballLink, decltype(&flyball_close)>;

// None is no reason not to work, but whoever names a folder is told.
ApplicationLink open_link(const EdgeOptions& options) {
  FlyballOptions asked = {};
  asked.deadline_seconds = options.deadline_seconds;
  if (!options.application.empty()) asked.directory = options.application.c_str();
  ApplicationLink link(flyball_open(&asked), flyball_close);
  if (!link && !options.application.empty()) {
    remark("flyball-edge: {}: requests are not reported: {}\n", options.application,
           std::strerror(errno));
  }
  return link;
}

std::unique_ptr<InferenceClient> make_client(const EdgeOptions& options, const SplitFile& network) {
  if (options.cloud.empty()) return nullptr;
  InferenceClientOptions client = options.client;
  client.address = options.cloud;
  if (client.version.empty()) client.version = network.version;
  if (!options.trust.empty()) client.certificates = read_pem(options.trust, "CERTIFICATE");
  client.map = split_map(network.runtime.shape());
  client.classes = network.runtime.shape().classes;
  return std::make_unique<InferenceClient>(client);
}

// Requests in the order of their arrival, each to its end.
class EdgeRun {
 public:
  EdgeRun(const EdgeOptions& options, const LabelledImages& images, EdgePart& edge,
          FlyballLink* link)
      : options_(options), images_(images), edge_(edge), link_(link), shares_(share_source()) {
    if (!options.output.empty()) {
      output_.emplace(options.output);
      rows_ = "arrival_seconds,latency_seconds,source,sent_channels,sent_bytes\n";
    }
  }

  void run() {
    Progress progress("requests", static_cast<double>(options_.requests));
    begin_ = Clock::now();
    for (std::size_t i = 0; i < options_.requests && !interrupted(); ++i) {
      serve(i, arrival_of(i));
      progress.update(static_cast<double>(i + 1));
    }
    seconds_ = seconds_until(Clock::now());
    if (output_) {
      output_->drain(rows_);
      output_->commit();
    }
  }

  void print() const {
    const EdgeStanding standing{seconds_, edge_.bandwidth().bits_per_second(),
                                edge_.bandwidth().round_trip_seconds(), edge_.last_failure()};
    if (options_.json) {
      say("{}\n", report_.to_json(standing).dump(2));
    } else {
      say("{}", report_.to_text(standing));
    }
  }

 private:
  ShareSource share_source() const {
    return options_.share_file.empty() ? ShareSource(options_.share)
                                       : ShareSource(options_.share_file);
  }

  double seconds_until(Clock::time_point time) const {
    return std::chrono::duration<double>(time - begin_).count();
  }

  // Waits for it, in slices that a signal can end.
  Clock::time_point arrival_of(std::size_t number) const {
    if (!options_.rate) return Clock::now();
    const Clock::time_point arrival =
        begin_ + duration_of(static_cast<double>(number) / *options_.rate);
    for (auto now = Clock::now(); now < arrival && !interrupted(); now = Clock::now()) {
      std::this_thread::sleep_until(std::min(arrival, now + std::chrono::milliseconds(100)));
    }
    return arrival;
  }

  // Requests that have arrived and not begun, but for number `begun`.
  std::uint32_t waiting(std::size_t begun) const {
    if (!options_.rate) return 0;
    const double arrived = 1.0 + seconds_until(Clock::now()) * *options_.rate;
    const auto most = static_cast<double>(options_.requests);
    const double rest = std::min(arrived, most) - static_cast<double>(begun + 1);
    return static_cast<std::uint32_t>(std::max(0.0, rest));
  }

  void serve(std::size_t number, Clock::time_point arrival) {
    const std::int64_t age_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - arrival).count();
    flyball_set_waiting(link_, waiting(number));
    FlyballRequest request = flyball_begin(link_, flyball_now_ns() - age_ns);
    const std::size_t image = number % images_.count();
    const double reserve = std::max(kReserve * options_.deadline_seconds, kLeastReserveSeconds);
    const EdgeAnswer answer =
        edge_.answer(images_.pixels_of(image, 1), shares_.share(),
                     arrival + duration_of(options_.deadline_seconds - reserve));
    const double latency = std::chrono::duration<double>(Clock::now() - arrival).count();
    flyball_end(link_, &request);
    flyball_batch_done(link_, 1);
    report_.add(answer, latency, answer.label == images_.labels[image],
                latency > options_.deadline_seconds);
    if (output_) {
      rows_ += fmt::format("{:.6f},{:.6f},{},{},{}\n", seconds_until(arrival), latency,
                           word_of(answer.source), answer.sent_channels, answer.sent_bytes);
    }
  }

  const EdgeOptions& options_;
  const LabelledImages& images_;
  EdgePart& edge_;
  FlyballLink* link_;
  ShareSource shares_;
  std::optional<OutputFile> output_;
  std::string rows_;
  EdgeReport report_;
  Clock::time_point begin_;
  double seconds_ = 0.0;
};

int serve(const EdgeOptions& options) {
  if (options.network.empty()) throw UsageError("--network N.safetensors is needed");
  if (!options.cloud.empty()) as_usage([&] { parse_address(options.cloud); });
  const SplitFile network = load_split_file(options.network);
  const LabelledImages images = read_images(options, network.runtime.shape());
  const std::unique_ptr<InferenceClient> client = make_client(options, network);
  EdgePart edge(network.runtime, client.get(), options.rests);
  const ApplicationLink link = open_link(options);
  EdgeRun run(options, images, edge, link.get());
  edge.wait_for_remote(options.wait_seconds);
  if (!edge.last_failure().empty()) {
    remark("flyball-edge: {}: {}; the edge answers alone meanwhile\n", options.cloud,
           edge.last_failure());
  }
  run.run();
  run.print();
  return interrupted() ? kExitInterrupted : kExitOk;
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  watch_for_interrupts();
  silence_grpc();
  CLI::App app(
      "flyball-edge: runs the edge's part of a network that is split between edge and cloud, on\n"
      "images of Fashion-MNIST's test set.",
      "flyball-edge");
  app.set_version_flag("--version",
                       std::string("flyball-edge " FLYBALL_VERSION ", commit ") + commit());
  app.footer(kFooter);
  use_plain_help(app);
  CommandResult result;
  EdgeOptions options;
  add_options(app, options);
  app.callback([&] {
    if (app.get_subcommands().empty()) result.exit_code = serve(options);
  });
  add_page_commands(app, {1, "flyball " FLYBALL_VERSION, "flyball-cloud(1), flyball(1)"});
  add_exit_codes(app, kExitCodes);
  return run_program(app, result, argc, argv);
}
