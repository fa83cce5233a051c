#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

static inline int openssl_major(void) { return OPENSSL_VERSION_MAJOR; }

// Whether bytes are PEM with a certificate in it.
static inline int pem_holds_certificates(const void *bytes, int count) {
    BIO *input = BIO_new_mem_buf(bytes, count);
    if (!input) return 0;
    STACK_OF(X509_INFO) *found = PEM_X509_INFO_read_bio(input, NULL, NULL, NULL);
    int certificates = 0;
    for (int i = 0; found && i < sk_X509_INFO_num(found); i++)
        if (sk_X509_INFO_value(found, i)->x509) certificates++;
    sk_X509_INFO_pop_free(found, X509_INFO_free);
    BIO_free(input);
    ERR_clear_error();
    return certificates > 0;
}

static inline int new_tls_context_index(void) { return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL); }

// Gives a context a number, and has what its verifications find told.
static inline int watch_verification(
    void *context, int index, void *number, int (*verified)(int, X509_STORE_CTX *)) {
    if (!SSL_CTX_set_ex_data((SSL_CTX *)context, index, number)) return 0;
    SSL_CTX_set_verify((SSL_CTX *)context, SSL_CTX_get_verify_mode((SSL_CTX *)context), verified);
    return 1;
}

static inline void *verified_number(X509_STORE_CTX *store, int index) {
    SSL *connection = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    return connection ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), index) : NULL;
}

struct certificate_facts {
    int code, depth;
    char subject[256], not_before[64], not_after[64];
};

static inline void copy_text(BIO *text, char *room, size_t size) {
    int count = text ? BIO_read(text, room, (int)size - 1) : 0;
    room[count > 0 ? count : 0] = 0;
}

// The certificate whose verification failed.
static inline void describe_certificate(X509_STORE_CTX *store, struct certificate_facts *facts) {
    memset(facts, 0, sizeof *facts);
    facts->code = X509_STORE_CTX_get_error(store);
    facts->depth = X509_STORE_CTX_get_error_depth(store);
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    if (!certificate) return;
    BIO *text = BIO_new(BIO_s_mem());
    if (!text) return;
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    copy_text(text, facts->subject, sizeof facts->subject);
    (void)BIO_reset(text);
    ASN1_TIME_print(text, X509_get0_notBefore(certificate));
    copy_text(text, facts->not_before, sizeof facts->not_before);
    (void)BIO_reset(text);
    ASN1_TIME_print(text, X509_get0_notAfter(certificate));
    copy_text(text, facts->not_after, sizeof facts->not_after);
    BIO_free(text);
}
