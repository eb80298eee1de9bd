// flyball-link: a slow link between two programs, for trying what they do on one.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/commit.h"
#include "tools/console.h"
#include "tools/help_formatter.h"
#include "tools/offload/link_relay.h"
#include "tools/program.h"
#include "tools/program_pages.h"
#include "tools/stop_signals.h"

namespace flyball {

namespace {

struct LinkOptions {
  LinkRelayOptions relay;
  double rate = 8e6;
  std::vector<std::string> then;
  std::vector<std::string> down;
  std::optional<double> seconds;
  bool json = false;
};

constexpr const char* kFooter =
    R"(Whoever connects to it reaches the address of --to through a link of that rate, delay and loss. Each
direction has the rate for itself. Needs no rights; with root, tools/offload/shaped-link.sh has the
kernel do it. SIGTERM and Ctrl-C end it.
Examples:
  flyball-link --to localhost:8001 --listen localhost:9001 --rate 2e6 --delay 0.01
  flyball-link --to localhost:8001 --listen localhost:9001 --rate 8e6 --then 10:5e5
  flyball-link --to localhost:8001 --listen localhost:9001 --down 10:12 --loss 0.001)";

void add_options(CLI::App& app, LinkOptions& options) {
  app.add_option("--to", options.relay.target, "Whom it leads to, host and port")
      ->type_name("ADDRESS");
  app.add_option("--listen", options.relay.listen,
                 "Host and port; port 0 is any that is free, and said")
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--rate", options.rate, "Bits per second")
      ->type_name("NUMBER")
      ->check(number_in(bandwidth_range()))
      ->capture_default_str();
  app.add_option("--then", options.then,
                 "Another rate from a time on, as SECONDS:NUMBER; any number of them")
      ->type_name("STEP")
      ->expected(1)
      ->take_all();
  app.add_option("--delay", options.relay.delay_seconds, "One way")
      ->type_name("SECONDS")
      ->check(number_in(0, 60))
      ->capture_default_str();
  app.add_option("--loss", options.relay.loss,
                 "Share of the segments that are lost and come 0.2 seconds and two delays later")
      ->type_name("SHARE")
      ->check(number_in(0, 0.9))
      ->capture_default_str();
  app.add_option("--seed", options.relay.seed, "Of the losses")
      ->check(seed_number())
      ->capture_default_str();
  app.add_option("--down", options.down,
                 "Nothing passes between two times, as SECONDS:SECONDS; any number of them")
      ->type_name("SPAN")
      ->expected(1)
      ->take_all();
  app.add_option("--for", options.seconds, "Seconds to go on (default: until a signal comes)")
      ->type_name("SECONDS")
      ->check(number_in(0, 1e9));
  app.add_flag("--json", options.json, "One JSON document on stdout when it ends");
}

// "5:5e5".
std::pair<double, double> two_numbers(const std::string& option, const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto number = [&](std::size_t begin, std::size_t end) {
    double value = 0.0;
    const char* last = text.data() + end;
    const auto [stop, error] = std::from_chars(text.data() + begin, last, value);
    if (error != std::errc{} || stop != last || !(value >= 0.0 && value <= 1e12)) {
      throw UsageError(fmt::format("{} {}: two numbers with a colon expected", option, text));
    }
    return value;
  };
  if (colon == std::string::npos) number(text.size(), text.size());
  return {number(0, colon), number(colon + 1, text.size())};
}

LinkRelayOptions relay_options(const LinkOptions& options) {
  if (options.relay.target.empty()) throw UsageError("--to HOST:PORT is needed");
  LinkRelayOptions relay = options.relay;
  relay.bandwidth.steps = {{0.0, options.rate}};
  for (const std::string& text : options.then) {
    const auto [seconds, rate] = two_numbers("--then", text);
    relay.bandwidth.steps.push_back({seconds, rate});
  }
  for (const std::string& text : options.down) {
    const auto [from, to] = two_numbers("--down", text);
    relay.outages.push_back({from, to});
  }
  as_usage([&] { validate(relay); });
  return relay;
}

void print(const LinkRelay::Counts& counts, bool json) {
  if (!json) {
    say("{} connections, {} bytes forward, {} back, {} segments lost\n", counts.connections,
        counts.forward_bytes, counts.backward_bytes, counts.lost_segments);
    return;
  }
  const nlohmann::ordered_json document = {{"connections", counts.connections},
                                           {"forward_bytes", counts.forward_bytes},
                                           {"backward_bytes", counts.backward_bytes},
                                           {"lost_segments", counts.lost_segments}};
  say("{}\n", document.dump(2));
}

int relay(const LinkOptions& options, StopSignals& signals) {
  using Clock = std::chrono::steady_clock;
  const LinkRelayOptions asked = relay_options(options);
  LinkRelay relay = [&] {
    try {
      return LinkRelay(asked);
    } catch (const std::system_error& error) {
      throw CommandError(kExitRefused, error.what());
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }();
  remark("flyball-link: to {}, port {}\n", asked.target, relay.port());
  const Clock::time_point begin = Clock::now();
  relay.run([&] {
    if (signals.take() != 0) return false;
    return !options.seconds ||
           std::chrono::duration<double>(Clock::now() - begin).count() < *options.seconds;
  });
  print(relay.counts(), options.json);
  return kExitOk;
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  prepare_standard_streams();
  StopSignals signals{SIGINT, SIGTERM, SIGHUP};
  CLI::App app("flyball-link: a slow link between two programs that speak TCP.", "flyball-link");
  app.set_version_flag("--version",
                       std::string("flyball-link " FLYBALL_VERSION ", commit ") + commit());
  app.footer(kFooter);
  use_plain_help(app);
  CommandResult result;
  LinkOptions options;
  add_options(app, options);
  app.callback([&] {
    if (app.get_subcommands().empty()) result.exit_code = relay(options, signals);
  });
  add_page_commands(app, {1, "flyball " FLYBALL_VERSION, "flyball-edge(1), flyball-cloud(1)"});
  add_exit_codes(app, kExitCodes);
  return run_program(app, result, argc, argv);
}
