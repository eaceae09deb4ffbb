"""The store on Redis or Valkey: keys under `atalaya:`, one adapter file per port, scripts beside them."""
