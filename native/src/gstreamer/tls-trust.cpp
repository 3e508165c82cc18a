#include "gstreamer/tls-trust.h"

namespace sightline {

namespace {

// Takes no certificate at all.
struct Distrust {
  GTlsDatabase parent;
};
struct DistrustClass {
  GTlsDatabaseClass parent;
};

GTlsCertificateFlags distrustChain(GTlsDatabase*, GTlsCertificate*, const gchar*,
                                   GSocketConnectable*, GTlsInteraction*, GTlsDatabaseVerifyFlags,
                                   GCancellable*, GError**) {
  return G_TLS_CERTIFICATE_UNKNOWN_CA;
}

GType distrustType() {
  static const GType type = g_type_register_static_simple(
      G_TYPE_TLS_DATABASE, "SightlineDistrust", sizeof(DistrustClass),
      [](gpointer klass, gpointer) {
        static_cast<GTlsDatabaseClass*>(klass)->verify_chain = distrustChain;
      },
      sizeof(Distrust), nullptr, GTypeFlags{});
  return type;
}

std::string words(unsigned errors) {
  if ((errors & G_TLS_CERTIFICATE_UNKNOWN_CA) != 0) {
    return "no authority that is trusted here has signed it";
  }
  if ((errors & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0) {
    return "it is for another host";
  }
  if ((errors & (G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_NOT_ACTIVATED)) != 0) {
    return "it is not valid today";
  }
  return "it is revoked, too weak or damaged";
}

} // namespace

std::unique_ptr<TlsTrust> TlsTrust::load(const std::string& caFile) {
  auto trust = std::make_unique<TlsTrust>();
  GTlsBackend* backend = g_tls_backend_get_default();
  g_tls_backend_set_default_database(backend, nullptr);
  GTlsDatabase* system = g_tls_backend_get_default_database(backend);
  if (system != nullptr) {
    trust->authorities_.emplace_back(system);
  }
  if (!caFile.empty()) {
    GList* certificates = g_tls_certificate_list_new_from_file(caFile.c_str(), nullptr);
    GTlsDatabase* given = certificates != nullptr
                              ? G_TLS_DATABASE(g_tls_file_database_new(caFile.c_str(), nullptr))
                              : nullptr;
    g_list_free_full(certificates, g_object_unref);
    if (given == nullptr) {
      return nullptr;
    }
    trust->authorities_.emplace_back(given);
  }
  // Else a certificate for the address would do, whoever has led the name there.
  const GObjectPointer<GTlsDatabase> distrust(
      static_cast<GTlsDatabase*>(g_object_new(distrustType(), nullptr)));
  g_tls_backend_set_default_database(backend, distrust.get());
  return trust;
}

std::string TlsTrust::refusal(GTlsCertificate* certificate, const std::string& host) const {
  constexpr std::uint16_t anyPort = 0;
  const GObjectPointer<GSocketConnectable> identity(g_network_address_new(host.c_str(), anyPort));
  unsigned errors = G_TLS_CERTIFICATE_UNKNOWN_CA;
  for (const auto& authority : authorities_) {
    const unsigned found = g_tls_database_verify_chain(
        authority.get(), certificate, G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity.get(),
        nullptr, G_TLS_DATABASE_VERIFY_NONE, nullptr, nullptr);
    if (found == 0) {
      return {};
    }
    if ((found & G_TLS_CERTIFICATE_UNKNOWN_CA) == 0) {
      errors = found;
    }
  }
  return words(errors);
}

} // namespace sightline
