// flyball-cloud as a process of its own.
#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "policies/safetensors.h"
#include "tests/support/child_process.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/offload/sample_network.h"

using namespace flyball;

TEST_CASE("the cloud says where it listens and ends by SIGTERM with what it did") {
  const TemporaryDirectory folder;
  const std::string network = (folder.path() / "n.safetensors").string();
  write_file(network, write_safetensors(sample_network()));
  const auto output = folder.path() / "output";
  ChildProcess cloud({FLYBALL_BINARY_DIR "/flyball-cloud", "--network", network, "--listen",
                      "127.0.0.1:0", "--json"},
                     output);
  const std::string version = split_version(sample_network());
  REQUIRE(cloud.wait_until(
      [&] { return text_of(output).find("version " + version + ", port ") != std::string::npos; }));
  cloud.signal(SIGTERM);
  CHECK(cloud.wait() == 0);
  const std::string text = text_of(output);
  const nlohmann::json document = nlohmann::json::parse(text.substr(text.find('{')));
  CHECK(document["answered"] == 0);
  CHECK(document["compute_seconds_mean"].is_null());
}

TEST_CASE("the cloud refuses what it cannot serve, by name") {
  const TemporaryDirectory folder;
  const std::string network = (folder.path() / "n.safetensors").string();
  const auto said = [&](const std::string& arguments) {
    return run_program("flyball-cloud", arguments, "2>&1");
  };
  CHECK(said("").exit_code == 2);
  CHECK(said("--listen localhost:99999 --network " + network).exit_code == 2);
  CHECK(said("--network " + network).output == "flyball-cloud: " + network + ": no such file\n");
  Safetensors broken = sample_network();
  broken.tensors.erase("remote.bias");
  write_file(network, write_safetensors(broken));
  CHECK(said("--network " + network).output ==
        "flyball-cloud: " + network + ": tensor 'remote.bias' is missing\n");
  write_file(network, write_safetensors(sample_network()));
  CHECK(said("--tls-key k.pem --network " + network).exit_code == 2);
  CHECK(said("--tls-certificate " + network + " --tls-key k.pem --network " + network).output ==
        "flyball-cloud: " + network + ": holds no CERTIFICATE in PEM's format\n");
  CHECK(said("--listen 192.0.2.1:1 --network " + network).exit_code == 4);
  CHECK(said("--for 0 --listen 127.0.0.1:0 --network " + network).exit_code == 0);
}
