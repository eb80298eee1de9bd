// The learner's speed: replay rows, gradient steps and the policy runtime. Not a test.
//
//   bench_agent [--json] [--filter=REGEX] [--seconds=S] [--repetitions=N]
//   bench_agent --filter='dqn_step/.*/45/1'
//
// --json prints the report of the benchmark library as JSON on standard output, with the BLAS in
// its context. Any other --benchmark_... option of the library is passed on.
#include "tests/bench/bench_agent.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"

namespace {

// Our short options in the library's words.
std::vector<std::string> library_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 0; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&argument] { return argument.substr(argument.find('=') + 1); };
    if (argument == "--json") {
      arguments.emplace_back("--benchmark_format=json");
    } else if (argument.starts_with("--filter=")) {
      arguments.push_back("--benchmark_filter=" + value());
    } else if (argument.starts_with("--seconds=")) {
      arguments.push_back("--benchmark_min_time=" + value());
    } else if (argument.starts_with("--repetitions=")) {
      arguments.push_back("--benchmark_repetitions=" + value());
    } else {
      arguments.push_back(argument);
    }
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments = library_arguments(argc, argv);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  flyball::set_torch_threads(1);
  benchmark::AddCustomContext("blas", flyball::blas_name());
  flyball::register_replay_rows();
  flyball::register_dqn_rows();
  flyball::register_policy_rows();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
