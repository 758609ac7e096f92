import { ApiSchema } from '@nestjs/swagger';
import { Text, Texts } from '../../http/answer-fields.js';
import { TextField } from '../../http/fields.js';
import { CODE, PASSWORD } from './accounts.dto.js';

@ApiSchema({ name: 'StartTotp' })
export class StartTotpDto {
  @TextField(PASSWORD)
  password: string;
}

@ApiSchema({ name: 'TotpCode' })
export class TotpCodeDto {
  @TextField({ ...CODE, required: true })
  code: string;
}

@ApiSchema({ name: 'EndTotp' })
export class EndTotpDto {
  @TextField(PASSWORD)
  password: string;

  @TextField(CODE)
  code?: string;
}

@ApiSchema({ name: 'TotpSecret' })
export class TotpSecretDto {
  @Text({ maxLength: 100, description: 'Base32.', example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
  secret: string;

  @Text({
    maxLength: 1_000,
    description: 'For a QR code.',
    example:
      'otpauth://totp/property-service:camila?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=property-service',
  })
  uri: string;
}

@ApiSchema({ name: 'RecoveryCodes' })
export class RecoveryCodesDto {
  @Texts({ maxItems: 10, maxLength: 30, example: ['k3nd-x5qa-7mzp-2wtr'] })
  recoveryCodes: string[];
}
