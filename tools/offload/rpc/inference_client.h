// Asks a server of the Open Inference Protocol (flyball-cloud, Triton) for the remote part's
// answer. For one thread; what is under way is gRPC's threads'. The header is free of gRPC.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/vision/split_runtime.h"

namespace flyball {

struct InferenceClientOptions {
  std::string address;                      // "host:port"
  std::string model = "split";              // as the server calls it
  std::string version;                      // empty: any
  std::optional<std::string> certificates;  // whom to trust, in PEM's format; absent: no TLS
  std::string server_name;  // that the server's certificate is to have; empty: the address's host
  MapSize map;
  std::size_t classes = 0;
};

enum class RemoteFault : std::uint8_t {
  kLate,         // no answer until the time given
  kUnavailable,  // no connection, or none that is trusted
  kRefused,      // the server said no, or its answer is none
};

struct RemoteFailure {
  RemoteFault fault = RemoteFault::kLate;
  std::string reason;
};

struct RemoteAnswer {
  std::vector<float> logits;
  std::optional<double> compute_seconds;  // the server's own; absent: it does not tell
  double seconds = 0.0;                   // from send() until the answer was there
  std::size_t sent_bytes = 0;             // of the messages themselves
  std::size_t received_bytes = 0;
};

using RemoteResult = std::variant<RemoteAnswer, RemoteFailure>;

class InferenceClient {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Nothing is sent yet.
  explicit InferenceClient(const InferenceClientOptions& options);
  ~InferenceClient();  // cancels what is under way
  InferenceClient(const InferenceClient&) = delete;
  InferenceClient& operator=(const InferenceClient&) = delete;

  // Begins one request, and returns; `until` is also the server's. Requires that none is awaited.
  void send(const SentChannels& sent, TimePoint until);
  // What became of it. Never returns later than `until` but for the scheduler's delay; then the
  // request is cancelled.
  RemoteResult wait();

  // Begins to ask whether the model is there, unless that is under way.
  void probe(TimePoint until);
  // What the last probe() found, once; absent: it is under way, or there was none. After one
  // that reached nobody the next begins with a connection of its own.
  struct Probe {
    std::optional<RemoteFailure> failure;  // absent: the model is there
    double seconds = 0.0;
  };
  std::optional<Probe> probed();

  // Bytes of the last message that send() made.
  std::size_t last_sent_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flyball
