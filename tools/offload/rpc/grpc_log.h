// What gRPC would print of its own on stderr. Call it once, before anything else of this folder.
#pragma once

namespace flyball {

// Every error reaches its caller as a status; nothing is printed beside it.
void silence_grpc();

}  // namespace flyball
