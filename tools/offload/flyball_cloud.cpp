// flyball-cloud: answers for the remote part of a split network, by the Open Inference Protocol.
#include <fmt/format.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "tools/commit.h"
#include "tools/console.h"
#include "tools/help_formatter.h"
#include "tools/offload/address.h"
#include "tools/offload/pem_file.h"
#include "tools/offload/rpc/grpc_log.h"
#include "tools/offload/rpc/inference_server.h"
#include "tools/offload/split_file.h"
#include "tools/program.h"
#include "tools/program_pages.h"
#include "tools/stop_signals.h"

namespace flyball {

namespace {

struct CloudOptions {
  std::string network;
  InferenceServerOptions server;
  std::string certificate;
  std::string key;
  std::optional<double> seconds;
  double drain_seconds = 5.0;
  bool json = false;
};

constexpr const char* kFooter =
    R"(It speaks KServe's version 2 of the protocol over gRPC, as Triton does, so that flyball-edge can do
with either. SIGTERM and Ctrl-C end it: what is under way is answered first. Without a certificate
nothing is encrypted, and everybody who reaches the port is answered.
Examples:
  flyball-cloud --network net.safetensors
  flyball-cloud --network net.safetensors --tls-certificate cert.pem --tls-key key.pem)";

void add_options(CLI::App& app, CloudOptions& options) {
  app.add_option("--network", options.network, "What flyball vision train wrote")
      ->type_name("N.safetensors");
  app.add_option("--listen", options.server.address,
                 "Host and port; port 0 is any that is free, and said")
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--model", options.server.model, "The model's name in requests")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model-version", options.server.version,
                 "Its version in requests (default: the network's checksum)")
      ->type_name("NUMBER");
  app.add_option("--tls-certificate", options.certificate, "Certificate and chain, PEM")
      ->type_name("FILE");
  app.add_option("--tls-key", options.key, "The certificate's private key, PEM")->type_name("FILE");
  app.add_option("--for", options.seconds, "Seconds to serve (default: until a signal comes)")
      ->type_name("SECONDS")
      ->check(number_in(0, 1e9));
  app.add_option("--drain", options.drain_seconds, "What is under way at the end is given so long")
      ->type_name("SECONDS")
      ->check(number_in(0, 3600))
      ->capture_default_str();
  app.add_flag("--json", options.json, "One JSON document on stdout when it ends");
}

std::optional<ServerCertificate> read_certificate(const CloudOptions& options) {
  if (options.certificate.empty() != options.key.empty()) {
    throw UsageError("--tls-certificate and --tls-key go together");
  }
  if (options.certificate.empty()) return std::nullopt;
  return ServerCertificate{read_pem(options.certificate, "CERTIFICATE"),
                           read_pem(options.key, "PRIVATE KEY")};
}

// Until a signal comes, or for so long.
void wait_for_end(StopSignals& signals, const std::optional<double>& seconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  while (signals.take() == 0) {
    int patience_ms = -1;
    if (seconds) {
      const double left = *seconds - std::chrono::duration<double>(Clock::now() - begin).count();
      if (left <= 0.0) return;
      patience_ms = static_cast<int>(std::ceil(std::min(left, 3600.0) * 1e3));
    }
    pollfd waiting{signals.descriptor(), POLLIN, 0};
    poll(&waiting, 1, patience_ms);
  }
}

void print(const InferenceServer::Counts& counts, bool json) {
  const double mean =
      counts.answered == 0 ? 0.0 : counts.compute_seconds / static_cast<double>(counts.answered);
  if (!json) {
    say("{} requests answered, {} refused; {:.3f} ms each\n", counts.answered, counts.refused,
        1e3 * mean);
    return;
  }
  nlohmann::ordered_json document = {{"answered", counts.answered}, {"refused", counts.refused}};
  document["compute_seconds_mean"] = nullptr;
  if (counts.answered > 0) document["compute_seconds_mean"] = mean;
  say("{}\n", document.dump(2));
}

int serve(CloudOptions& options, StopSignals& signals) {
  if (options.network.empty()) throw UsageError("--network N.safetensors is needed");
  as_usage([&] { parse_address(options.server.address); });
  const SplitFile network = load_split_file(options.network);
  options.server.certificate = read_certificate(options);
  if (options.server.version.empty()) options.server.version = network.version;
  std::optional<InferenceServer> server;
  try {
    server.emplace(network.runtime, options.server);
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
  remark("flyball-cloud: model \"{}\", version {}, port {}, {}\n", options.server.model,
         options.server.version, server->port(),
         options.server.certificate ? "TLS" : "not encrypted");
  wait_for_end(signals, options.seconds);
  server->drain(options.drain_seconds);
  print(server->counts(), options.json);
  return kExitOk;
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  StopSignals signals{SIGINT, SIGTERM, SIGHUP};
  silence_grpc();
  CLI::App app(
      "flyball-cloud: answers for the cloud's part of a network that is split between edge and "
      "cloud.",
      "flyball-cloud");
  app.set_version_flag("--version",
                       std::string("flyball-cloud " FLYBALL_VERSION ", commit ") + commit());
  app.footer(kFooter);
  use_plain_help(app);
  CommandResult result;
  CloudOptions options;
  add_options(app, options);
  app.callback([&] {
    if (app.get_subcommands().empty()) result.exit_code = serve(options, signals);
  });
  add_page_commands(app, {1, "flyball " FLYBALL_VERSION, "flyball-edge(1), flyball(1)"});
  add_exit_codes(app, kExitCodes);
  return run_program(app, result, argc, argv);
}
